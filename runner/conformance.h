#pragma once

#include <vector>

#include "runner/host_pids.h"
#include "runner/reporter.h"
#include "runner/run_plan.h"

namespace pidproof::runner {

// Runs each scenario once on both paths and returns their cells in that order. Calls keep about
// once a second. A scenario of which a path was not reached has ended as stopped on both.
std::vector<CellRuns> RunConformance(const RunPlan& plan,
                                     const std::vector<const scenarios::Scenario*>& order,
                                     HostPids& host_pids, Reporter& reporter,
                                     const KeepCells& keep);

}  // namespace pidproof::runner
