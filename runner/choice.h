// What the options choose, and what has to be made ready for it: a run pays for no more.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "probes/probe.h"
#include "runner/options.h"
#include "scenarios/scenario.h"

namespace pidproof::runner {

// One method of placing PIDs depends on this feature.
inline constexpr std::string_view kOwnPidMax = "pid_namespace/pid_max";

// Whether the scenario may meet the known kernel bug of that name.
bool MayMeet(const scenarios::Scenario& scenario, std::string_view bug);

// None, unless scenarios are run.
std::vector<const scenarios::Scenario*> ChosenScenarios(const Options& options);

// Everything, unless only some is asked for: then that, and what the chosen scenarios need.
std::vector<const Probe*> ChosenProbes(const Options& options,
                                       const std::vector<const scenarios::Scenario*>& chosen);

// Whether such a run has rows of the features, or scenarios, that the glob matches. True also where
// it matches nothing that this program has: no choice leaves that out.
bool ChoosesFeature(const Options& options, const std::string& glob);
bool ChoosesScenario(const Options& options, const std::string& glob);

}  // namespace pidproof::runner
