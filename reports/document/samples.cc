#include "reports/document/samples.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <utility>

namespace pidproof::reports {

namespace {

constexpr double kQuantile = 1.959964;  // of the normal distribution, for 95 %

double MiddleOf(const std::vector<double>& sorted) {
  const std::size_t half = sorted.size() / 2;
  return sorted.size() % 2 == 1 ? sorted[half] : (sorted[half - 1] + sorted[half]) / 2;
}

// How many samples at either end may be left out: the most that keeps 95 %.
std::size_t LeftOut(std::size_t count) {
  double share = std::pow(0.5, static_cast<double>(count));  // of all samples on one side
  double outside = share;
  std::size_t out = 0;
  while (out + 1 < count / 2) {
    share *= static_cast<double>(count - out) / static_cast<double>(out + 1);
    if (2 * (outside + share) > 0.05) break;
    outside += share;
    ++out;
  }
  return out;
}

// Of each value that stands in the lists more than once: what the variance of ranks loses.
double TiesOf(std::vector<double> all) {
  std::ranges::sort(all);
  double ties = 0;
  for (std::size_t i = 0; i < all.size();) {
    std::size_t same = 1;
    while (i + same < all.size() && all[i + same] == all[i]) ++same;
    const auto count = static_cast<double>(same);
    ties += count * count * count - count;
    i += same;
  }
  return ties;
}

}  // namespace

Estimate MedianOf(std::vector<double> samples) {
  std::ranges::sort(samples);
  const std::size_t out = LeftOut(samples.size());
  return {MiddleOf(samples), samples[out], samples[samples.size() - 1 - out]};
}

Estimate RatioOf(const std::vector<double>& ones, const std::vector<double>& others) {
  std::vector<double> ratios;
  for (const double one : ones) {
    for (const double other : others) ratios.push_back(one / other);
  }
  std::ranges::sort(ratios);
  const auto pairs = static_cast<double>(ratios.size());
  const double spread =
      kQuantile * std::sqrt(pairs * static_cast<double>(ones.size() + others.size() + 1) / 12);
  const auto out = static_cast<std::size_t>(std::max(0.0, std::floor(pairs / 2 - spread)));
  const std::size_t last = ratios.size() - 1;
  return {MiddleOf(ratios), ratios[std::min(out, last)], ratios[last - std::min(out, last)]};
}

double RankTest(const std::vector<double>& ones, const std::vector<double>& others) {
  if (ones.empty() || others.empty()) return 1;
  double above = 0;
  for (const double one : ones) {
    for (const double other : others) above += one > other ? 1 : one == other ? 0.5 : 0;
  }
  std::vector<double> all = ones;
  all.insert(all.end(), others.begin(), others.end());
  const auto pairs = static_cast<double>(ones.size() * others.size());
  const auto count = static_cast<double>(all.size());
  const double variance = pairs / 12 * (count + 1 - TiesOf(std::move(all)) / (count * (count - 1)));
  if (variance <= 0) return 1;  // all are the same
  // A count of pairs is a whole number: half of one is the correction for that.
  const double beyond = std::max(0.0, std::abs(above - pairs / 2) - 0.5);
  return std::erfc(beyond / std::sqrt(2 * variance));
}

}  // namespace pidproof::reports
