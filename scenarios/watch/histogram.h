#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace pidproof::scenarios::watch {

// The lowest value of a value's bucket: each doubling is four buckets of one width, and below 8
// each value has its own. value >= 0.
std::int64_t LowerBound(std::int64_t value);

// "LOWERBOUND*COUNT,..." in ascending order, of the buckets that are not empty.
std::string HistogramText(std::span<const std::int64_t> values);

// The value that a share of the values does not exceed (nearest rank). sorted: ascending, not
// empty.
std::int64_t Quantile(std::span<const std::int64_t> sorted, double share);

}  // namespace pidproof::scenarios::watch
