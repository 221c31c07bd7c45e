#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "probes/probe.h"

namespace pidproof {

struct Circumstances;

// What /proc/kallsyms shows of a system call.
enum class Symbol {
  kUnreadable,  // the list is not there, or shows no call at all
  kMissing,     // the list shows other calls, and not this one
  kStub,        // a weak symbol: the kernel was built without the call (kernel/sys_ni.c)
  kBuiltIn,
};

// By the kernel's own list, which everybody may read (the addresses alone are secret).
Symbol SymbolOf(std::string_view call);

// The system call that a refusable call (see World), or a use of one, is: "waitid" of
// "waitid/p_pidfd", "ioctl" of "ioctl_getversion".
std::string_view SyscallOf(std::string_view call);

// Whether the kernel has something, by all that is known beside its answer.
struct Evidence {
  enum Says { kNothing, kHas, kLacks };
  Says says = kNothing;
  std::string why = {};  // a clause
};

// Whether the kernel has the calls that a probe rests on, in whatever variant.
Evidence EvidenceOfCall(const Probe& probe, const std::vector<Finding>& findings,
                        const Circumstances& circumstances);

// Whether it has the feature itself. A release decides only where every kernel is built with it,
// and an older release never excludes a backport: it counts beside an answer of the kernel's.
Evidence EvidenceOfFeature(const Probe& probe, const std::vector<Finding>& findings,
                           const Circumstances& circumstances);

// Whether this release of Linux is known to be older than the feature.
bool IsOlderThan(const Circumstances& circumstances, const Probe& probe);

// The second look at the findings of one census: settles, by all of them together, who refused
// where a filter may be the cause and that could not be asked (Finding::unasked). Without positive
// evidence such a finding is unclear. Pure but for what the circumstances ask.
void Corroborate(std::vector<Finding>& findings, const Circumstances& circumstances);

// What a census as the kernel is, of the same run, says of this one's findings: a feature that is
// present there is no kernel's lack here.
void CompareWithNative(const std::vector<Finding>& native, std::vector<Finding>& findings);

}  // namespace pidproof
