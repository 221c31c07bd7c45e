#pragma once

#include <cstdint>
#include <functional>
#include <vector>

#include "probes/world.h"
#include "runner/cell.h"
#include "runner/census.h"
#include "runner/grade.h"
#include "runner/options.h"
#include "runner/stage.h"
#include "scenarios/scenario.h"

namespace pidproof {

// What the conformance scenarios of one world have in common.
struct ConformanceCourse {
  const Options& options;
  const World& world;
  const Census& census;
  const Stage& stage;
  Allowance allowance;
  const std::vector<const Scenario*>& order;
  std::uint64_t outer_numbers;  // that may be taken outside
};

// Runs each scenario on both paths and returns their columns: of order[i] the pidfd's at 2 * i, the
// number's at 2 * i + 1. told hears of all columns as they stand whenever one is done; those not
// reached so far have ended as stopped.
std::vector<Column> RunConformance(const ConformanceCourse& course,
                                   const std::function<void(const std::vector<Column>&)>& told);

}  // namespace pidproof
