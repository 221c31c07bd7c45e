#pragma once

#include <string>

#include "probes/system/release.h"
#include "reports/document/vocabulary.h"
#include "runner/cell_run.h"
#include "scenarios/scenario.h"

namespace pidproof::runner {

using reports::Verdict;

struct Judgment {
  Verdict verdict;
  std::string why;
  std::string missing = {};  // what the machine lacks, if that is why
};

// How many trials ended in a harm: a hazard or a never.
std::uint64_t Hits(const scenarios::Scenario& scenario, scenarios::Path path,
                   const scenarios::Tally& tally);

// Pure. The other cell is the control group: where an outcome is a never here and a hazard there,
// it must have been observed there, or its absence here proves nothing. kernel weakens what is
// claimed of other releases: a must is due only where its change is known to be in that very
// release, and an old answer is violated only where the change that ended it is.
Judgment Judge(const scenarios::Scenario& scenario, scenarios::Path path, const CellRun& own,
               const CellRun& other, Release kernel);

}  // namespace pidproof::runner
