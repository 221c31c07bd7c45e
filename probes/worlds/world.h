#pragma once

#include <linux/filter.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "probes/refusal/evaluate_filter.h"
#include "probes/registry.h"
#include "probes/system/release.h"
#include "probes/worlds/fault.h"
#include "probes/worlds/privileges.h"

namespace pidproof {

// One system call that a world refuses, and how.
struct Refusal {
  static constexpr int kSigsys = 0;  // SIGSYS, the thread is killed unless it handles it
  static constexpr int kKill = -1;   // the process is killed as by SIGSYS, and can do nothing
  static constexpr int kTrace = -2;  // a tracer is asked; where there is none, ENOSYS
  static constexpr int kOk = -3;     // a lie: it says 0, and nothing is done (not of clone)

  std::string_view call;  // a name from RefusableCalls() or RefusableUses()
  int error = 0;          // the errno it answers, or one of the above
};

// The kernel as it is, or as a seccomp filter pretends that it were. A world is entered once, by a
// process that can be spared, and holds for all its offspring.
struct World {
  std::string name;
  std::string what;  // one line
  std::vector<Refusal> refusals;
  std::vector<sock_filter> program = {};  // a ready filter, in place of refusals
  std::uint64_t scopes = 0;               // of a Landlock domain that it is (landlock.h); 0: none
  std::vector<std::string> notes = {};    // what the filter could not be made to say, a line each

  Fault mistake = {};                   // what the calls under test do wrong, once it is played
  std::optional<Privileges> view = {};  // whose rights it is seen with; nothing: the caller's

  bool confines() const { return scopes != 0; }
  bool filters() const { return !refusals.empty() || !program.empty(); }
  // Whether what is heard here is the kernel's own word.
  bool pretends() const { return filters() || mistake.kind != Fault::kNone; }
  // The same world with those rights: "native as nobody".
  World As(const Privileges& seen) const;

  // "native", the name of a registered world, "fault:" and a mistake, or refusals such as
  // "pidfd_open:enosys" (also "all:eperm", "waitid:einval,clone3:sigsys",
  // "pidfd_open/thread:einval"). Throws std::invalid_argument with one line that names the mistake
  // and the fix.
  static World Parse(std::string_view text);

  // Gives up the view's rights, enters the Landlock domain and installs the filter, none of which
  // needs a privilege. Throws Unsupported when the kernel or a sandbox refuses it.
  void Enter() const;
};

// The world as the seccomp program that pretends it.
std::vector<sock_filter> CompileFilter(const World& world);

// The calls a world can refuse. Calls that have other uses are refused only where they concern
// pidfds, by their arguments: waitid by its id type, clone by CLONE_PIDFD, getsockopt and
// setsockopt by the option.
std::vector<std::string_view> RefusableCalls();

// One of those as a filter sees it where it concerns pidfds, with the argument that says so where
// that has one value. name: from RefusableCalls().
FilteredCall CallNamed(std::string_view name);

// The uses of calls, told by one argument, that a world can refuse on their own: "CALL/USE".
std::vector<std::string_view> RefusableUses();

}  // namespace pidproof
