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
  static constexpr int kSigsys = 0;  // SIGSYS; kills the thread unless it is handled
  static constexpr int kKill = -1;   // kills the process, whatever it handles
  static constexpr int kTrace = -2;  // asks a tracer; ENOSYS where there is none
  static constexpr int kOk = -3;     // a lie: returns 0 without doing anything (not for clone)

  std::string_view call;  // a name from RefusableCalls() or RefusableUses()
  int error = 0;          // the errno, or one of the above
};

// The kernel as it is, or as a seccomp filter pretends. A world is entered once, by a process made
// for it, and applies to all its descendants.
struct World {
  std::string name;
  std::string what;  // one line
  std::vector<Refusal> refusals;
  std::vector<sock_filter> program = {};  // a complete filter, in place of refusals
  std::uint64_t scopes = 0;               // of a Landlock domain to enter (landlock.h); 0: none
  std::vector<std::string> notes = {};    // what the filter could not express, one line each

  // The filter applies to trials alone: the census of features sees the world without it, so that
  // no path reads unsupported for want of what is refused, and its claims are seen to fail.
  bool for_trials_only = false;
  Fault fault = {};                     // the fault of the calls under test, once it is active
  std::optional<Privileges> view = {};  // the privileges to probe with; nothing: the caller's

  bool confines() const { return scopes != 0; }
  bool filters() const { return !refusals.empty() || !program.empty(); }
  // Whether answers in this world may not be the kernel's own.
  bool pretends() const { return filters() || fault.kind != Fault::kNone; }
  // The same world with those privileges: "native as nobody".
  World As(const Privileges& seen) const;
  // The world outside trials: without a filter that is for them alone.
  World OutsideTrials() const;

  // "native", the name of a registered world, "fault:NAME", or refusals such as "pidfd_open:enosys"
  // (also "all:eperm", "waitid:einval,clone3:sigsys", "pidfd_open/thread:einval"), or "trial:" and
  // a world with refusals, for trials only. Throws std::invalid_argument with one line that names
  // the error and the fix.
  static World Parse(std::string_view text);

  // Drops the privileges, enters the Landlock domain and installs the filter, none of which needs
  // privilege. Throws Unsupported when the kernel or a sandbox refuses.
  void Enter() const;
};

// The world as a seccomp program.
std::vector<sock_filter> CompileFilter(const World& world);

// The calls that a world can refuse. Calls with other uses are refused only where they concern
// pidfds, by their arguments: waitid by its id type, clone by CLONE_PIDFD, getsockopt and
// setsockopt by the option.
std::vector<std::string_view> RefusableCalls();

// One of those as a filter sees it where it concerns pidfds, with the deciding argument where that
// has one value. name: from RefusableCalls().
refusal::FilteredCall CallNamed(std::string_view name);

// The uses of calls, recognised by one argument, that a world can refuse alone: "CALL/USE".
std::vector<std::string_view> RefusableUses();

}  // namespace pidproof
