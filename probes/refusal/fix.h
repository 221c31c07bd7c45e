// What would make a refused feature usable: a release, a change of a seccomp profile, a limit. The
// only place for these texts, but for attempts that have found the cause themselves (Answer::fix).
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "probes/probe.h"

namespace pidproof::refusal {

struct Circumstances;

// How to allow system calls that a filter refuses with that answer ("EPERM", "SIGSYS").
std::string FixOfFilteredCalls(const std::vector<std::string_view>& calls, std::string_view saw);

// The same for the calls of a probe.
std::string FixOfFilter(const Probe& probe, std::string_view saw);

// The same where nothing shows whether the kernel has the feature: with the release that has it, if
// this one is older.
std::string FixOfFilter(const Probe& probe, std::string_view saw,
                        const Circumstances& circumstances);

// How to get a feature that the kernel lacks: a release, or a rebuild of this one.
std::string FixOfKernel(const Probe& probe, const Circumstances& circumstances);

// How to raise the limit behind an errno such as EMFILE.
std::string FixOfLimit(int error);

}  // namespace pidproof::refusal
