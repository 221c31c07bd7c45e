#pragma once

#include <string_view>
#include <vector>

#include "probes/worlds/world.h"
#include "runner/cell_run.h"
#include "runner/census.h"
#include "runner/limits.h"
#include "runner/sandbox.h"
#include "runner/transcript/recording.h"
#include "runner/workers.h"
#include "scenarios/scenario.h"

namespace pidproof::runner {

// Whether that hazard of a path is the control of the other: forbidden there, so that its absence
// counts only beside it.
bool IsControl(const scenarios::Scenario& scenario, scenarios::Path path,
               const scenarios::Claim& hazard);

// The features that one path of a scenario cannot do without, the referee's own among them.
std::vector<std::string_view> NeedsOf(const scenarios::Scenario& scenario, scenarios::Path path);

// Runs one scenario on one path in one world, apart from this process. What it needs and is missing
// is not tried: the cell names it. report, where there is one, is called many times a second while
// the loop of a torture scenario runs.
CellRun RunCell(const World& world, const Census& census, const Sandbox& sandbox,
                const scenarios::Scenario& scenario, scenarios::Path path, const Limits& limits,
                const CellReport& report = {});

// The same of a conformance scenario, with the system calls of its trial, which is traced: the
// recording is empty where it was not tried.
CellRun RecordCell(const World& world, const Census& census, const Sandbox& sandbox,
                   const scenarios::Scenario& scenario, scenarios::Path path, const Limits& limits,
                   transcript::Recording& recording);

}  // namespace pidproof::runner
