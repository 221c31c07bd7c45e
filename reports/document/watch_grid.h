// The rows that watch children, as tables: for each load a row for each strategy, a column for each
// number of children.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "reports/document/benchmark.h"

namespace pidproof::reports {

struct WatchGrid {
  std::string load;                     // "closed"
  std::string cpu;                      // "across", "same", or empty where rows do not say
  std::vector<std::string> strategies;  // in the order of the document
  std::map<std::uint64_t, std::map<std::string, const Benchmark*>> by_children;

  // The row that was measured, or nothing.
  const Benchmark* Find(std::uint64_t children, const std::string& strategy) const;
};

// One for each load and placement of the children, in the order of the document. Rows whose number
// of children is not a number from 1 are passed over.
std::vector<WatchGrid> WatchGridsOf(const std::vector<Benchmark>& rows);

}  // namespace pidproof::reports
