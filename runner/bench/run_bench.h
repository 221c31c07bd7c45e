#pragma once

#include <string>
#include <vector>

#include "reports/document/benchmark.h"

namespace pidproof::runner::bench {

// How much is measured.
enum class Amount { kQuick, kFull };

// Runs pidproof-bench, which is beside this program, with the flags for that amount and further
// ones behind, and returns its rows. only: a regular expression over names; empty: all. Throws
// std::runtime_error in one line where it is missing, cannot be run or fails.
std::vector<reports::Benchmark> RunBench(Amount amount, const std::string& only,
                                         const std::vector<std::string>& flags);

}  // namespace pidproof::runner::bench
