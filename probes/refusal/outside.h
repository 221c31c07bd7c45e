#pragma once

#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <string>

#include "probes/system/child.h"
#include "probes/system/fd.h"
#include "probes/worlds/privileges.h"

namespace pidproof::refusal {

// A process outside any sandbox that confines this one, to see what still reaches it. A sandbox
// that isolates by scope (Landlock's signal scope, policies of other security modules) leaves
// everything inside alone, so probes of our own children do not notice it.
//
// The process is the furthest ancestor that runs as the same user: it existed before a sandbox was
// entered in between. Where privileges are dropped no ancestor has the same ones: then it is a
// child that dropped them too, made before the world was entered. It is only queried: by signal 0,
// and by pidfd_getfd of a descriptor that it does not have.
//
// There is one during a census, made before the world is entered; forks inherit it.
class Outside {
 public:
  // view, confined: of the world that will be entered. Where there is no suitable ancestor and a
  // confinement will be entered, the process that takes the census is used, which stays outside.
  Outside(const std::optional<Privileges>& view, bool confined);
  ~Outside();
  Outside(const Outside&) = delete;
  Outside& operator=(const Outside&) = delete;

  // The current one. Throws Unsupported with the reason when there is no process outside.
  static const Outside& Target();

  pid_t pid() const { return pid_; }
  // Throws Unsupported when none could be opened before the world was entered.
  int pidfd() const;
  // "of the furthest ancestor of the same user": a note for an answer.
  const std::string& description() const { return description_; }
  // Whether it consents to being traced by any process, as far as Yama is concerned.
  bool consents() const { return child_.has_value(); }
  // Whether, by the kernel's own rules for user, groups and capabilities (ptrace(2),
  // PTRACE_MODE_ATTACH_REALCREDS), this process may trace it.
  bool IsOurEqual() const;

 private:
  void FindAncestor();
  void BeTheMaker();
  void MakeChild(const Privileges& view);
  void OpenPidfd();

  pid_t pid_ = 0;
  std::optional<Child> child_;
  Fd pidfd_;
  std::string description_;
  std::string lacks_;  // why there is no process, or no pidfd
};

}  // namespace pidproof::refusal
