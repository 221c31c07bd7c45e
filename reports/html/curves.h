#pragma once

#include <string>

#include "reports/document/watch_grid.h"
#include "reports/html/figure.h"

namespace pidproof::reports::html {

// How the cost of watching grows with the children: three figures a load (the end of a child to its
// status, half and 99 % of the time; processor time), a line a strategy, all on the same axes. Of
// the loads that were measured with three numbers of children or more.
std::string CurvesHtml(const std::vector<WatchGrid>& grids, const Strokes& strokes);

// "One child dies at a time, on another processor": the load and placement of a grid.
std::string LoadTitle(const WatchGrid& grid);

}  // namespace pidproof::reports::html
