#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>

#include "probes/system/release.h"
#include "runner/options.h"
#include "scenarios/arena/pid_placement.h"
#include "scenarios/loop/loop_config.h"

namespace pidproof::runner {

// How long the trials of one cell may take, and what they may use.
struct Limits {
  scenarios::Budget torture;           // of the loop of a torture scenario
  std::chrono::milliseconds deadline;  // a trial that sends nothing for that long hangs
  std::uint64_t host_pids = 0;         // that may be used up
  std::uint64_t seed = 0;
  std::size_t workers = 1;  // of a torture scenario that keeps to one processor
  scenarios::PidRules pid_rules = {};
  std::optional<scenarios::Schedule> repeated = {};  // the schedule to set in every trial
  Release kernel = {};                               // whose known bugs are looked for; {}: none
};

// What the options allow each cell, on a machine of that slowdown.
Limits LimitsFor(const Options& options, double slowdown);

// One worker's share: those of all workers add up to the whole. Each has the whole time.
Limits LimitsOfWorker(Limits limits, std::size_t worker, std::size_t workers);

}  // namespace pidproof::runner
