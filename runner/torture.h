#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <vector>

#include "probes/worlds/world.h"
#include "runner/census.h"
#include "runner/host_pids.h"
#include "runner/judge.h"
#include "runner/options.h"
#include "runner/reporter.h"
#include "runner/run_cell.h"
#include "runner/sandbox.h"
#include "scenarios/scenario.h"

namespace pidproof {

// Both columns of a scenario, by path: each is the other's control, so both are always run.
using CellRuns = std::array<CellRun, 2>;

// Whether the user asked for that path.
bool IsAskedFor(const Options& options, Path path);
// A path that is not asked for is played where it is the control of the one that is.
bool IsWanted(const Options& options, const Scenario& scenario, Path path);

// What the torture loops of one world have in common.
struct TorturePlan {
  const Options& options;
  const World& world;
  const Census& census;
  const Stage& stage;
  Limits allowance;
  double slowdown;
  const std::vector<const Scenario*>& order;
};

// The columns of all scenarios as they stand, in their order, and the numbers outside that the
// loop under way has used up. What was not reached has ended as stopped.
using KeepTortures = std::function<void(const std::vector<CellRuns>&, std::uint64_t outer_used)>;

// Runs them all. Where the user named no amount, each loop is run for a little, and then the time
// that is left goes where the evidence is weakest. keep hears of it about once a second.
std::vector<CellRuns> RunTortures(const TorturePlan& course, HostPids& budget, Reporter& reporter,
                                  const KeepTortures& keep);

// What the trials and their wardens took outside.
std::uint64_t TakenOutside(const CellRun& column);

}  // namespace pidproof
