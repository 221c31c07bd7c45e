#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <string_view>
#include <vector>

#include "probes/worlds/world.h"
#include "runner/census.h"
#include "runner/judge.h"
#include "runner/sandbox.h"
#include "scenarios/loop/loop_config.h"
#include "scenarios/scenario.h"

namespace pidproof {

// How long the trials of one column may take, and what they may use.
struct Limits {
  Budget torture;                      // the loop of a torture scenario
  std::chrono::milliseconds deadline;  // for anything else: without a word for that long, it hangs
  std::uint64_t outer_pids = 0;        // see OuterPids::allowed
  std::uint64_t seed = 0;
  std::size_t workers = 1;  // of a torture that keeps to one processor
  PidRules deal = {};
  std::optional<Schedule> repeated = {};  // the schedule to set again
  Release kernel = {};                    // whose known mistakes are looked for; {}: nobody's
};

// Whether that hazard of a path is the control of the other: forbidden there, so that its absence
// counts only beside it.
bool IsControl(const Scenario& scenario, Path path, const Claim& hazard);

// The features that one path of a scenario cannot do without, the referee's own among them.
std::vector<std::string_view> NeedsOf(const Scenario& scenario, Path path);

// Runs one scenario on one path in one world, apart from this process, and returns what was heard.
// Needs that are missing are told, not tried. told, where there is one, hears of the column as it
// grows, many times a second.
CellRun RunCell(const World& world, const Census& census, const Stage& stage,
                const Scenario& scenario, Path path, const Limits& allowance,
                const std::function<void(const CellRun&)>& told = {});

}  // namespace pidproof
