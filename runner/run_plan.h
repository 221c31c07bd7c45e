#pragma once

#include <cstdint>
#include <functional>
#include <vector>

#include "probes/refusal/restriction.h"
#include "probes/worlds/world.h"
#include "runner/cell_run.h"
#include "runner/census.h"
#include "runner/limits.h"
#include "runner/options.h"
#include "runner/sandbox.h"
#include "scenarios/scenario.h"

namespace pidproof::runner {

// What all cells of one world have in common.
struct RunPlan {
  const Options& options;
  const World& world;
  const Census& census;
  const Sandbox& sandbox;
  double slowdown;
  Limits limits;
  std::vector<refusal::Restriction> restrictions;  // of the sandbox, in that world
};

// Called with the cells of all scenarios as they stand, in the order of the scenarios, and the host
// PIDs that they have taken beside those that the budget knows of.
using KeepCells = std::function<void(const std::vector<CellRuns>&, std::uint64_t host_pids)>;

}  // namespace pidproof::runner
