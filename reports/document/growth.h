#pragma once

#include <optional>
#include <utility>
#include <vector>

namespace pidproof::reports {

// With which power of their number the cost of children grows: 0 is flat, 1 in proportion. The
// slope of a line through the logarithms of the points (number, cost) whose number is at least 100,
// for below that what does not depend on it weighs most. Nothing for fewer than two such points.
std::optional<double> ExponentOf(const std::vector<std::pair<double, double>>& points);

}  // namespace pidproof::reports
