#pragma once

#include <string>
#include <vector>

#include "reports/document/benchmark.h"
#include "reports/text/terminal_style.h"

namespace pidproof::reports::text {

inline constexpr const char* kSuperviseHeads[] = {
    "strategy", "workers", "restarts/s", "processor", "stops", "lost", "double", "misdirected"};

// A cell for each head, of each row of supervisors that was measured.
std::vector<std::vector<std::string>> SuperviseCells(const std::vector<Benchmark>& rows);

// How fast supervisors restart their workers, and what they do wrong; empty where it was not
// measured.
std::string SuperviseCosts(const std::vector<Benchmark>& rows, const TerminalStyle& style);

}  // namespace pidproof::reports::text
