#pragma once

#include <string_view>
#include <vector>

#include "reports/document/benchmark.h"

namespace pidproof::runner::bench {

// The rows of what pidproof-bench wrote with --benchmark_out_format=json, one for each benchmark,
// in the order in which they are registered: its repetitions are the samples. A repetition that
// failed makes the row unsupported, with its reason. Throws std::runtime_error in one line where
// the text is not such a file.
std::vector<reports::Benchmark> ReadResults(std::string_view json);

}  // namespace pidproof::runner::bench
