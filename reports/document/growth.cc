#include "reports/document/growth.h"

#include <cmath>

namespace pidproof::reports {

std::optional<double> ExponentOf(const std::vector<std::pair<double, double>>& points) {
  constexpr double kLeast = 100;
  double count = 0;
  double x = 0;
  double y = 0;
  double xx = 0;
  double xy = 0;
  for (const auto& [number, cost] : points) {
    if (number < kLeast || cost <= 0) continue;
    const double at = std::log(number);
    ++count;
    x += at;
    y += std::log(cost);
    xx += at * at;
    xy += at * std::log(cost);
  }
  if (count < 2) return std::nullopt;
  return (count * xy - x * y) / (count * xx - x * x);
}

}  // namespace pidproof::reports
