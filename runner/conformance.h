#pragma once

#include <cstdint>
#include <functional>
#include <vector>

#include "probes/worlds/world.h"
#include "runner/census.h"
#include "runner/judge.h"
#include "runner/options.h"
#include "runner/run_cell.h"
#include "runner/sandbox.h"
#include "scenarios/scenario.h"

namespace pidproof {

// What the conformance scenarios of one world have in common.
struct ConformanceCourse {
  const Options& options;
  const World& world;
  const Census& census;
  const Stage& stage;
  Limits allowance;
  const std::vector<const Scenario*>& order;
  std::uint64_t outer_pids;  // that may be taken outside
};

// Runs each scenario on both paths and returns their columns: of order[i] the pidfd's at 2 * i, the
// number's at 2 * i + 1. told hears of all columns as they stand whenever one is done; those not
// reached so far have ended as stopped.
std::vector<CellRun> RunConformance(const ConformanceCourse& course,
                                    const std::function<void(const std::vector<CellRun>&)>& told);

}  // namespace pidproof
