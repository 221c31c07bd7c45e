#pragma once

#include <linux/filter.h>

#include <vector>

#include "probes/probe.h"
#include "probes/refusal/evaluate_filter.h"

namespace pidproof::refusal {

// The calls of a feature's attempt as a filter sees them.
std::vector<FilteredCall> CallsOf(const Probe& probe);

// The finding for a feature that cannot be tried under a seccomp filter, by evaluating the filter
// for the calls that its attempt makes. without: the finding where the filter is not installed, all
// else alike. The result is marked as evaluated:
//   filtered  one of the calls is refused, whatever its other arguments; seen is what a caller sees
//   unclear   whether it is refused depends on arguments that are not known, no call passes that
//             gives a pidfd, or it is unclear without the filter too
//   else      every call reaches the kernel: as without the filter
Finding EvaluateFeature(const Probe& probe, const std::vector<sock_filter>& filter,
                        const Finding& without);

}  // namespace pidproof::refusal
