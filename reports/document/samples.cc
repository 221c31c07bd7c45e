#include "reports/document/samples.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <numbers>

namespace pidproof::reports {

namespace {

constexpr double kQuantile = 2.575829;  // of the normal distribution, for 99 %

double MiddleOf(const std::vector<double>& sorted) {
  const std::size_t half = sorted.size() / 2;
  return sorted.size() % 2 == 1 ? sorted[half] : sorted[half - 1] / 2 + sorted[half] / 2;
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

// Calls with the rank of each group of equal values, twice (equal ones share a rank, which may be
// half of an odd number), and how many there are.
void ForEachRank(std::vector<double> all, const auto& use) {
  std::ranges::sort(all);
  for (std::size_t i = 0; i < all.size();) {
    std::size_t same = 1;
    while (i + same < all.size() && all[i + same] == all[i]) ++same;
    use(2 * i + same + 1, same);
    i += same;
  }
}

// By the normal distribution. twice_above: of how many pairs the one is greater, twice.
double NormalRankTest(std::size_t twice_above, std::size_t ones, std::size_t others,
                      const std::vector<double>& all) {
  double ties = 0;  // what they take from the variance of ranks
  ForEachRank(all, [&](std::size_t, std::size_t same) {
    const auto count = static_cast<double>(same);
    ties += count * count * count - count;
  });
  const auto pairs = static_cast<double>(ones * others);
  const auto count = static_cast<double>(all.size());
  const double variance = pairs / 12 * (count + 1 - ties / (count * (count - 1)));
  if (variance <= 0) return 1;  // all are the same
  // A count of pairs is a whole number: half of one is the correction for that.
  const double from_middle = std::abs(static_cast<double>(twice_above) - pairs) / 2;
  return std::erfc(std::max(0.0, from_middle - 0.5) / std::sqrt(2 * variance));
}

// Of all ways to deal the ranks to both lists, the share of those in which the sum of the ones is
// as far from the middle.
double ExactRankTest(std::size_t twice_above, std::size_t ones, std::size_t others,
                     const std::vector<double>& all) {
  const std::size_t count = all.size();
  const std::size_t most = 2 * count * ones;  // no sum is greater
  // ways[of][sum]: to choose so many values whose ranks have that sum.
  std::vector<std::vector<double>> ways(ones + 1, std::vector<double>(most + 1));
  ways[0][0] = 1;
  ForEachRank(all, [&](std::size_t rank, std::size_t same) {
    for (std::size_t each = 0; each < same; ++each) {
      for (std::size_t of = ones; of > 0; --of) {
        for (std::size_t sum = most; sum >= rank; --sum) ways[of][sum] += ways[of - 1][sum - rank];
      }
    }
  });
  const auto from_middle = [](std::size_t twice, std::size_t middle) {
    return twice > middle ? twice - middle : middle - twice;
  };
  const std::size_t observed = from_middle(twice_above, ones * others);
  double as_far = 0;
  double in_all = 0;
  for (std::size_t sum = 0; sum <= most; ++sum) {
    in_all += ways[ones][sum];
    if (from_middle(sum, ones * (count + 1)) >= observed) as_far += ways[ones][sum];
  }
  return as_far / in_all;
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
    for (const double other : others) ratios.push_back(one == other ? 1 : one / other);
  }
  std::ranges::sort(ratios);
  const auto pairs = static_cast<double>(ratios.size());
  // Another run is as uncertain as this one.
  const double of_two_runs = kQuantile * std::numbers::sqrt2;
  const double spread =
      of_two_runs * std::sqrt(pairs * static_cast<double>(ones.size() + others.size() + 1) / 12);
  const auto out = static_cast<std::size_t>(std::max(0.0, std::floor(pairs / 2 - spread)));
  const std::size_t last = ratios.size() - 1;
  return {MiddleOf(ratios), ratios[std::min(out, last)], ratios[last - std::min(out, last)]};
}

double RankTest(const std::vector<double>& ones, const std::vector<double>& others) {
  if (ones.empty() || others.empty()) return 1;
  std::size_t twice_above = 0;
  for (const double one : ones) {
    for (const double other : others) twice_above += one > other ? 2 : one == other ? 1 : 0;
  }
  std::vector<double> all = ones;
  all.insert(all.end(), others.begin(), others.end());
  constexpr std::size_t kFew = 40;  // the ways to deal them are counted exactly, and soon
  auto* const test = all.size() <= kFew ? ExactRankTest : NormalRankTest;
  return test(twice_above, ones.size(), others.size(), all);
}

}  // namespace pidproof::reports
