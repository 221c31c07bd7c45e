#pragma once

#include <string>

#include "reports/document/watch_grid.h"
#include "reports/html/figure.h"

namespace pidproof::reports::html {

// How long it took from the end of a child to its status, how often: for each load the cumulative
// share of all events, a line a strategy, with about 10 and about 1,000 children; below it all
// figures of the load. Empty where nothing was watched.
std::string DistributionsHtml(const std::vector<WatchGrid>& grids, const Strokes& strokes);

}  // namespace pidproof::reports::html
