#pragma once

#include <string>
#include <vector>

#include "reports/document/benchmark.h"
#include "reports/text/terminal_style.h"

namespace pidproof::reports::text {

// How fast supervisors restart their workers, and what they do wrong; empty where it was not
// measured.
std::string SuperviseCosts(const std::vector<Benchmark>& rows, const TerminalStyle& style);

}  // namespace pidproof::reports::text
