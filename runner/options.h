#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "probes/worlds/world.h"
#include "scenarios/arena/pid_placement.h"
#include "scenarios/loop/loop_config.h"
#include "scenarios/path.h"

namespace pidproof::runner {

// What a session is asked for, checked.
struct Options {
  bool probe_only = false;  // no scenario
  std::vector<World> worlds;
  bool names_worlds = false;            // they were asked for, and not just taken by default
  std::vector<std::string> only;        // globs over feature and scenario names; none: all
  bool conformance_only = false;        // no torture
  std::optional<scenarios::Path> path;  // nothing: both
  std::uint64_t seed = 0;
  scenarios::Budget torture{std::chrono::milliseconds(100)};  // per torture scenario and path
  std::size_t jobs = 1;  // conformance scenarios, or workers of one torture, at once
  scenarios::PidMethod pid_method = scenarios::PidMethod::kSetTid;  // the first to be tried
  bool allow_pid_wrap = false;
  std::vector<std::string> cgroups;  // directories below which trials may make cgroups
  std::string hostname;              // what the document calls this machine; empty: nothing
  std::optional<std::chrono::nanoseconds> cpu_budget;  // for probing
  bool quiet = false;
  bool is_init = false;  // the kernel was booted for this program, and runs no other

  bool Wants(std::string_view name) const;
};

}  // namespace pidproof::runner
