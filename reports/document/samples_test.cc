#include "reports/document/samples.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <vector>

namespace pidproof::reports::samples_test {
namespace {

const std::vector<double> kEleven = {5, 1, 9, 3, 7, 2, 10, 4, 8, 6, 11};

TEST(MedianOf, LeavesOutSamplesUpToFivePercent) {
  const Estimate median = MedianOf(kEleven);
  EXPECT_EQ(median.value, 6);
  // 2 * (1 + 11) / 2048 is 1.2 %; with the third sample it would be 6.5 %.
  EXPECT_EQ(median.low, 2);
  EXPECT_EQ(median.high, 10);
}

TEST(MedianOf, TakesAllOfAFewSamples) {
  EXPECT_EQ(MedianOf({3}).value, 3);
  EXPECT_EQ(MedianOf({3}).high, 3);
  const Estimate median = MedianOf({4, 1, 2, 3});
  EXPECT_EQ(median.value, 2.5);
  EXPECT_EQ(median.low, 1);
  EXPECT_EQ(median.high, 4);
}

TEST(RatioOf, IsOfAllPairs) {
  std::vector<double> doubled;
  for (const double sample : kEleven) doubled.push_back(2 * sample);
  const Estimate ratio = RatioOf(doubled, kEleven);
  EXPECT_DOUBLE_EQ(ratio.value, 2);
  EXPECT_LT(ratio.low, 2);
  EXPECT_GT(ratio.high, 2);
  EXPECT_DOUBLE_EQ(RatioOf({3}, {2}).low, 1.5);
}

// Eleven samples each, as a run has, of two quantities that vary by a tenth.
TEST(RatioOf, TwoRunsAreInEachOthersIntervalsNineteenTimesInTwenty) {
  std::mt19937 random(1);
  std::lognormal_distribution<double> some(0, 0.1);
  std::lognormal_distribution<double> other(0.5, 0.1);
  const auto run = [&] {
    std::vector<double> ones(11);
    std::vector<double> others(11);
    std::ranges::generate(ones, [&] { return some(random); });
    std::ranges::generate(others, [&] { return other(random); });
    return RatioOf(ones, others);
  };
  constexpr int kRuns = 2'000;
  const auto is_in = [](double ratio, const Estimate& interval) {
    return interval.low <= ratio && ratio <= interval.high;
  };
  int one_way = 0;
  int mutual = 0;
  for (int i = 0; i < kRuns; ++i) {
    const Estimate first = run();
    const Estimate second = run();
    one_way += is_in(second.value, first) ? 1 : 0;
    mutual += is_in(second.value, first) && is_in(first.value, second) ? 1 : 0;
  }
  EXPECT_GE(one_way, kRuns * 98 / 100);
  EXPECT_LT(one_way, kRuns);
  EXPECT_GE(mutual, kRuns * 96 / 100);
}

TEST(RankTest, FindsWhatDiffers) {
  const std::vector<double> above = {12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22};
  // The two extremes of 705,432 ways to deal 22 ranks to eleven each.
  EXPECT_DOUBLE_EQ(RankTest(kEleven, above), 2.0 / 705432);
  EXPECT_DOUBLE_EQ(RankTest(above, kEleven), 2.0 / 705432);
  EXPECT_GT(RankTest(kEleven, kEleven), 0.9);
  EXPECT_EQ(RankTest({}, kEleven), 1);
  EXPECT_EQ(RankTest({1, 1}, {1, 1}), 1);
}

// The ranks are 1, 3, 3, 3, 5, 6, 7 and 8, and the ones have 1, 3, 3 and 5 of them: 12, 6 below the
// middle. Of 70 ways to deal them the sum is 12 or less in 4, and 24 or more in 4.
TEST(RankTest, CountsTies) { EXPECT_DOUBLE_EQ(RankTest({1, 2, 2, 3}, {2, 4, 5, 6}), 8.0 / 70); }

// 60 samples of which each value comes twice, and the same with 5 more.
TEST(RankTest, IsOfTheNormalDistributionForMany) {
  std::vector<double> ones;
  std::vector<double> others;
  for (int i = 0; i < 60; ++i) {
    ones.push_back(i / 2);
    others.push_back(i / 2 + 5);
  }
  EXPECT_NEAR(RankTest(ones, others), 0.0039088, 1e-7);
}

TEST(RatioOf, OfZerosIsSomeNumberOrInfinite) {
  EXPECT_EQ(RatioOf({0, 0}, {0, 0}).value, 1);
  EXPECT_EQ(RatioOf({0}, {5}).value, 0);
  EXPECT_GT(RatioOf({5}, {0}).value, 1e308);
}

}  // namespace
}  // namespace pidproof::reports::samples_test
