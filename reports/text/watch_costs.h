#pragma once

#include <string>
#include <vector>

#include "reports/document/benchmark.h"
#include "reports/text/terminal_style.h"

namespace pidproof::reports::text {

// Who watches children, by their number: for each load what it takes from the end of a child to its
// status, and processor time for each end. Nothing where no such row is there.
std::string WatchCosts(const std::vector<Benchmark>& rows, const TerminalStyle& style);

}  // namespace pidproof::reports::text
