#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "reports/document/benchmark.h"
#include "reports/text/terminal_style.h"

namespace pidproof::reports::text {

// "131 ns", "8.91 us", "2.5 s"
std::string Duration(double nanoseconds);

// "0.97", "13.1", "250": three figures.
std::string Figures(double value);

// "signal_0, alive": the values of a row's name, without those of some keys.
std::string TitleOf(std::string_view name, const std::vector<std::string_view>& without);

// What it costs: each pair of both paths as a ratio with its interval, and the floor; then who
// watches children, by their number; last what could not be measured, and why. Nothing for no rows.
std::string Costs(const std::vector<Benchmark>& rows, const TerminalStyle& style);

}  // namespace pidproof::reports::text
