#pragma once

#include <string>
#include <vector>

#include "reports/document/benchmark.h"
#include "reports/text/terminal_style.h"

namespace pidproof::reports::text {

// What pidproof itself takes beside the least that the same could take, as a ratio with its
// interval. Nothing where no such pair is there.
std::string OwnCosts(const std::vector<Benchmark>& rows, const TerminalStyle& style);

}  // namespace pidproof::reports::text
