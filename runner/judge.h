#pragma once

#include <string>

#include "probes/system/codec.h"
#include "probes/system/isolate.h"
#include "probes/system/release.h"
#include "reports/document/vocabulary.h"
#include "scenarios/loop/tally.h"
#include "scenarios/scenario.h"

namespace pidproof {

using reports::Verdict;

// What one path's trials amounted to.
struct CellRun {
  std::string lacks;    // why it was not tried, or empty
  std::string missing;  // the feature that it lacks, if that is why
  Ended ended;
  Tally tally;
  std::size_t workers = 1;     // that went at it at once
  std::size_t processors = 2;  // that each of them may use
};

void Fields(auto& codec, Like<CellRun> auto& run) {
  auto& [lacks, missing, ended, tally, workers, processors] = run;
  codec(lacks, missing, ended, tally, workers, processors);
}

struct Judgment {
  Verdict verdict;
  std::string why;
  std::string missing = {};  // what the machine lacks, if that is why
};

// How many of the words that were heard are a harm: a hazard or a never.
std::uint64_t Hits(const Scenario& scenario, Path path, const Tally& tally);

// Pure. The other column is the control group: where a word is never here and a hazard there, it
// must have been heard there, or a clean column here says nothing. kernel weakens what is claimed
// of other releases: a must is due only where its change is known to be in that very release, and
// an old answer is violated only where the change that ended it is.
Judgment Judge(const Scenario& scenario, Path path, const CellRun& own, const CellRun& other,
               Release kernel);

}  // namespace pidproof
