#pragma once

#include <optional>
#include <string>
#include <vector>

#include "reports/document/benchmark.h"

namespace pidproof::reports::html {

// The ratios of both paths with their intervals, a forest plot for each topic, all on one axis. The
// words and the order are those of the text. Empty where there is no pair.
std::string ForestHtml(const std::vector<Benchmark>& rows, std::optional<double> noise);

}  // namespace pidproof::reports::html
