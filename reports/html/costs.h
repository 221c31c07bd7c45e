#pragma once

#include <string>
#include <vector>

#include "reports/document/benchmark.h"

namespace pidproof::reports::html {

// The section of what it costs: both paths as ratios, who watches children by their number, and how
// long that takes how often. Empty for no rows.
std::string CostsHtml(const std::vector<Benchmark>& rows);

}  // namespace pidproof::reports::html
