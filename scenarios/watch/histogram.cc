#include "scenarios/watch/histogram.h"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <map>

namespace pidproof::scenarios::watch {

std::int64_t LowerBound(std::int64_t value) {
  const auto bits = std::bit_width(static_cast<std::uint64_t>(value));
  if (bits <= 3) return value;
  const auto cleared = bits - 3;  // the highest bit and two more are kept
  return value >> cleared << cleared;
}

std::string HistogramText(std::span<const std::int64_t> values) {
  std::map<std::int64_t, std::size_t> counts;
  for (const std::int64_t value : values) ++counts[LowerBound(value)];
  std::string text;
  for (const auto& [lower, count] : counts) {
    text += fmt::format("{}{}*{}", text.empty() ? "" : ",", lower, count);
  }
  return text;
}

std::int64_t Quantile(std::span<const std::int64_t> sorted, double share) {
  const auto count = static_cast<double>(sorted.size());
  const auto rank = static_cast<std::size_t>(std::ceil(share * count));
  return sorted[std::clamp<std::size_t>(rank, 1, sorted.size()) - 1];
}

}  // namespace pidproof::scenarios::watch
