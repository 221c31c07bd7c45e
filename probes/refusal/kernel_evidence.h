#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "probes/probe.h"

namespace pidproof::refusal {

struct Circumstances;

// What /proc/kallsyms shows of a system call.
enum class Symbol {
  kUnreadable,  // the list is missing, or shows no call at all
  kMissing,     // the list shows other calls, but not this one
  kStub,        // a weak symbol: the kernel was built without the call (kernel/sys_ni.c)
  kBuiltIn,
};

// From the kernel's own symbol list, whose names any user may read (only the addresses are
// restricted).
Symbol SymbolOf(std::string_view call);

// The system call behind a refusable call (see World) or a use of one: "waitid" for
// "waitid/p_pidfd", "ioctl" for "ioctl_getversion".
std::string_view SyscallOf(std::string_view call);

// Whether the kernel has something, by all evidence other than the attempt's own answer.
struct Evidence {
  enum Says { kNothing, kHas, kLacks };
  Says says = kNothing;
  std::string why = {};  // a clause
};

// Whether the kernel has the calls of a probe, in any variant.
Evidence EvidenceOfCall(const Probe& probe, const std::vector<Finding>& findings,
                        const Circumstances& circumstances);

// Whether it has the feature itself. A release decides only where every kernel is built with the
// feature; an older release never excludes a backport, and counts only beside an answer of the
// kernel.
Evidence EvidenceOfFeature(const Probe& probe, const std::vector<Finding>& findings,
                           const Circumstances& circumstances);

// Whether this Linux release is known to be older than the feature.
bool IsOlderThan(const Circumstances& circumstances, const Probe& probe);

// A second pass over the findings of one census: decides from all of them together who refused,
// where a filter may be the cause and the kernel could not be asked (Finding::unasked). Without
// positive evidence such a finding is unclear. Pure but for what it looks up in circumstances.
void Corroborate(std::vector<Finding>& findings, const Circumstances& circumstances);

// What the native census of the same run says about these findings: a feature that is present there
// is not missing in the kernel.
void CompareWithNative(const std::vector<Finding>& native, std::vector<Finding>& findings);

}  // namespace pidproof::refusal
