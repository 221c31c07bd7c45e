#pragma once

#include <string>
#include <vector>

#include "reports/document/benchmark.h"

namespace pidproof::runner::bench {

struct BenchOptions {
  bool quick = false;                // fewer rows, and each for a shorter time
  bool all = false;                  // also the rows that take minutes
  std::string only;                  // a regular expression over names; empty: all
  std::vector<std::string> cgroups;  // directories of version 2 in which children may be created
};

// Runs pidproof-bench, which is beside this program, and returns its rows. Throws in one line:
// std::invalid_argument for what it was asked, and std::runtime_error where it is missing, cannot
// be run or fails.
std::vector<reports::Benchmark> RunBench(const BenchOptions& options);

}  // namespace pidproof::runner::bench
