#pragma once

#include <string_view>

namespace pidproof::scenarios {

// The two ways to name a process: a descriptor, or a PID that may be reused.
enum class Path { kPidfd, kLegacyPid };
using enum Path;

inline constexpr Path kPaths[] = {kPidfd, kLegacyPid};

// "pidfd", "legacy_pid": the labels of the metrics that supervisors publish.
constexpr std::string_view Word(Path path) { return path == kPidfd ? "pidfd" : "legacy_pid"; }

}  // namespace pidproof::scenarios
