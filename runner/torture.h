#pragma once

#include <vector>

#include "runner/host_pids.h"
#include "runner/reporter.h"
#include "runner/run_plan.h"

namespace pidproof::runner {

// Whether the user asked for that path.
bool IsAskedFor(const Options& options, scenarios::Path path);
// A path that is not asked for is run where it is the control of the one that is.
bool IsWanted(const Options& options, const scenarios::Scenario& scenario, scenarios::Path path);

// Runs the loops of all scenarios and returns their cells in that order. Where the user named no
// amount, each loop is run for a little, and then the time that is left goes where the evidence is
// weakest. Calls keep about once a second. What was not reached has ended as stopped.
std::vector<CellRuns> RunTortures(const RunPlan& plan,
                                  const std::vector<const scenarios::Scenario*>& order,
                                  HostPids& host_pids, Reporter& reporter, const KeepCells& keep);

}  // namespace pidproof::runner
