#include "reports/document/statistics.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "reports/text/text_layout.h"

namespace pidproof::reports {

namespace {

constexpr double kZ = 1.959963984540054;  // 97.5 % of the normal distribution lie below it

// "271,000" for 271,166: three significant digits, rounded down.
std::string ThreeDigitsOf(double number) {
  const double magnitude = std::pow(10, std::max(0.0, std::floor(std::log10(number)) - 2));
  return text::Thousands(static_cast<std::uint64_t>(std::floor(number / magnitude) * magnitude));
}

}  // namespace

std::string Percent(double share) {
  const double from_end = std::min(share, 1 - share);
  const int decimals =
      from_end < 1e-9 ? 0 : std::clamp(static_cast<int>(std::ceil(-std::log10(from_end))), 1, 7);
  return fmt::format("{:.{}f} %", 100 * share, decimals);
}

Interval Wilson95(std::uint64_t hits, std::uint64_t opportunities) {
  if (opportunities == 0) return {};
  const auto n = static_cast<double>(opportunities);
  const double share = static_cast<double>(hits) / n;
  const double scale = 1 + kZ * kZ / n;
  const double middle = (share + kZ * kZ / (2 * n)) / scale;
  const double half = kZ / scale * std::sqrt(share * (1 - share) / n + kZ * kZ / (4 * n * n));
  return {std::max(0.0, middle - half), std::min(1.0, middle + half)};
}

double BoundAtZero95(std::uint64_t opportunities) {
  if (opportunities == 0) return 1;
  return -std::expm1(std::log(0.05) / static_cast<double>(opportunities));
}

std::uint64_t NeededForBound95(double share) {
  return static_cast<std::uint64_t>(std::ceil(std::log(0.05) / std::log1p(-share)));
}

std::string RateSentence(std::uint64_t hits, std::uint64_t opportunities) {
  const std::string of =
      fmt::format("{} in {} opportunit{}", text::Thousands(hits), text::Thousands(opportunities),
                  opportunities == 1 ? "y" : "ies");
  if (opportunities == 0) return of + ": nothing can be said";
  // A bound above one half says nothing.
  if (hits == 0 && BoundAtZero95(opportunities) > 0.5) return of + ": too few for a bound";
  if (hits == 0) {
    return fmt::format("{}: with 95 % confidence fewer than 1 in {}", of,
                       ThreeDigitsOf(1 / BoundAtZero95(opportunities)));
  }
  const Interval interval = Wilson95(hits, opportunities);
  return fmt::format("{}: {} (with 95 % confidence {} to {})", of,
                     Percent(static_cast<double>(hits) / static_cast<double>(opportunities)),
                     Percent(interval.low), Percent(interval.high));
}

}  // namespace pidproof::reports
