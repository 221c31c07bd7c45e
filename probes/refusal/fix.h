// What would make a feature usable that is refused: a release, a key of a seccomp profile, a limit.
// The one place for these texts; attempts that have seen the cause themselves say so (Answer::fix).
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "probes/probe.h"

namespace pidproof {

struct Circumstances;

// What lets system calls through that a filter answers so ("EPERM", "SIGSYS").
std::string FixOfFilteredCalls(const std::vector<std::string_view>& calls, std::string_view saw);

// What lets the calls of a probe through.
std::string FixOfFilter(const Probe& probe, std::string_view saw);

// What brings a feature that the kernel lacks: a release, or a build of this one.
std::string FixOfKernel(const Probe& probe, const Circumstances& circumstances);

// What raises the limit behind an errno such as EMFILE.
std::string FixOfLimit(int error);

}  // namespace pidproof
