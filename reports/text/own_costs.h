#pragma once

#include <string>
#include <vector>

#include "reports/document/benchmark.h"
#include "reports/text/terminal_style.h"

namespace pidproof::reports::text {

inline constexpr const char* kOwnHeads[] = {"pidproof itself", "takes", "floor", "ratio",
                                            "99 % interval"};

// A cell for each head, of each pair of a row and its floor.
std::vector<std::vector<std::string>> OwnCells(const std::vector<Benchmark>& rows);

// What pidproof itself takes beside the least that the same could take, as a ratio with its
// interval. Nothing where no such pair is there.
std::string OwnCosts(const std::vector<Benchmark>& rows, const TerminalStyle& style);

}  // namespace pidproof::reports::text
