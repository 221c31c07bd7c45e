// What the options choose, and what has to be made ready for it: a run pays for no more.
#pragma once

#include <cstddef>
#include <string_view>
#include <vector>

#include "probes/probe.h"
#include "runner/options.h"
#include "scenarios/scenario.h"

namespace pidproof {

// A way of dealing numbers depends on this feature.
inline constexpr std::string_view kOwnPidMax = "pid_namespace/pid_max";

// None, unless scenarios are run.
std::vector<const Scenario*> ChosenScenarios(const Options& options);

// Everything, unless only some is asked for: then that, and what the chosen scenarios need.
std::vector<const Probe*> ChosenProbes(const Options& options,
                                       const std::vector<const Scenario*>& chosen);

// How many numbers outside the chosen scenarios use at once, and so give back and forth.
std::size_t NumbersToDeal(const std::vector<const Scenario*>& chosen, std::size_t jobs);

}  // namespace pidproof
