#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>

namespace pidproof {

// How long to wait for what is done in microseconds or milliseconds where it does not hang: `usual`
// on the machine on which deadlines were chosen, in proportion more on one that is `slowdown` times
// slower. One busy moment can be measured as 100 times slower, so the factor has a bound; an
// emulated machine is 200 times slower at the most, and still has hundreds of times what it needs.
inline std::chrono::milliseconds DeadlineOn(double slowdown, std::chrono::seconds usual) {
  constexpr double kMostSlowdown = 15;
  return std::chrono::milliseconds(static_cast<std::int64_t>(
      std::clamp(slowdown, 1.0, kMostSlowdown) * 1000 * static_cast<double>(usual.count())));
}

}  // namespace pidproof
