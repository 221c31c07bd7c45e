#pragma once

#include <chrono>
#include <functional>

#include "probes/world.h"
#include "runner/census.h"
#include "runner/grade.h"
#include "runner/stage.h"
#include "scenarios/scenario.h"

namespace pidproof {

// How long the trials of one column may take.
struct Allowance {
  std::chrono::milliseconds torture;   // the loop of a torture scenario
  std::chrono::milliseconds deadline;  // beyond that, for anything: past it, it hangs
  std::uint64_t outer_numbers;         // see OuterNumbers::allowed
};

// Runs one scenario on one path in one world, apart from this process, and returns what was heard.
// Needs that are missing are told, not tried. told, where there is one, hears of the column as it
// grows, many times a second.
Column RunColumn(const World& world, const Census& census, const Stage& stage,
                 const Scenario& scenario, Path path, const Allowance& allowance,
                 const std::function<void(const Column&)>& told = {});

}  // namespace pidproof
