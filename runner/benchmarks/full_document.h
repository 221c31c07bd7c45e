// A document as large as that of a run of everything, made without one: what each scenario says of
// its paths, judged.
#pragma once

#include <cstdint>
#include <vector>

#include "reports/document/document.h"
#include "runner/cell_run.h"

namespace pidproof::runner::benchmarks {

// What trials of all scenarios could have come to, in the scenarios' order: the outcomes that are
// allowed, a few of which the seed draws.
std::vector<CellRuns> FullRuns(std::uint64_t seed);

// The document of such runs, with all features, one in ten of which is absent, and benchmarks.
reports::Document FullDocument(std::uint64_t seed);

}  // namespace pidproof::runner::benchmarks
