#pragma once

#include <array>
#include <cstddef>
#include <string>

#include "probes/system/codec.h"
#include "probes/system/isolate.h"
#include "scenarios/loop/tally.h"
#include "scenarios/path.h"

namespace pidproof::runner {

// What the trials of one cell, which is a scenario on one path in one world, came to.
struct CellRun {
  std::string lacks;    // why it was not tried, or empty
  std::string missing;  // the feature that it lacks, if that is why
  Ended ended;
  scenarios::Tally tally;
  std::size_t workers = 1;     // processes that ran its trials at once
  std::size_t processors = 2;  // that each of them may use
};

void Fields(auto& codec, Like<CellRun> auto& run) {
  auto& [lacks, missing, ended, tally, workers, processors] = run;
  codec(lacks, missing, ended, tally, workers, processors);
}

// What a cell reads as that was not reached.
inline CellRun NotReached() {
  CellRun run;
  run.ended.how = Ended::kStopped;
  return run;
}

// Both paths of a scenario, by path: each is the other's control, so both are always run.
using CellRuns = std::array<CellRun, 2>;

inline CellRun& Of(CellRuns& runs, scenarios::Path path) {
  return runs[path == scenarios::kLegacyPid];
}
inline const CellRun& Of(const CellRuns& runs, scenarios::Path path) {
  return runs[path == scenarios::kLegacyPid];
}
inline scenarios::Path OtherPath(scenarios::Path path) {
  return path == scenarios::kPidfd ? scenarios::kLegacyPid : scenarios::kPidfd;
}

}  // namespace pidproof::runner
