#pragma once

#include <string_view>

#include "probes/system/release.h"
#include "scenarios/era.h"

namespace pidproof::scenarios {

// What observing an outcome means.
enum class Expect {
  kMust,    // it is required
  kMay,     // it is allowed
  kHazard,  // it is allowed, and is the harm that this path is exposed to
  kNever,   // it is forbidden
};
using enum Expect;

std::string_view Word(Expect expect);

// An outcome that is known on one path, written as in Must("no_pid", "fdinfo shows -1",
// "kernel/fork.c pidfd_show_fdinfo").Since(eras::kX)
struct Claim {
  std::string_view outcome;
  Expect expect;
  std::string_view reason;
  std::string_view source;  // "pidfd_open(2)", "kernel/exit.c do_wait"
  // The era of an answer that changed: since one change, until another. An answer ahead of its
  // release is a backport, and fine; an old one is violated where that release is known to have the
  // change.
  const Era* since = nullptr;
  const Era* until = nullptr;
  // For a hazard that is a known kernel bug, its name ("getinfo-spurious-esrch"); `until` names the
  // releases with the fix.
  std::string_view bug = {};

  Claim Since(const Era& era) const;
  Claim Until(const Era& era) const;
  Claim Bug(std::string_view name) const;

  // A hazard or a never.
  bool IsHarm() const { return expect == Expect::kHazard || expect == Expect::kNever; }
  // The same in every release.
  bool IsTimeless() const { return since == nullptr && until == nullptr; }
  // Whether that release is known to have the change that brought the answer.
  bool HasBegunIn(Release kernel) const { return since == nullptr || since->IsIn(kernel); }
  // Whether that release is known to have the change that ended the answer.
  bool IsOverIn(Release kernel) const { return until != nullptr && until->IsIn(kernel); }
  // Whether that release is known to give the answer.
  bool HoldsIn(Release kernel) const { return HasBegunIn(kernel) && !IsOverIn(kernel); }
};

Claim Must(std::string_view outcome, std::string_view reason, std::string_view source);
Claim May(std::string_view outcome, std::string_view reason, std::string_view source);
Claim Hazard(std::string_view outcome, std::string_view reason, std::string_view source);
Claim Never(std::string_view outcome, std::string_view reason, std::string_view source);

}  // namespace pidproof::scenarios
