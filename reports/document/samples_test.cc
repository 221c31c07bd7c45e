#include "reports/document/samples.h"

#include <gtest/gtest.h>

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

TEST(RankTest, FindsWhatDiffers) {
  const std::vector<double> above = {12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22};
  EXPECT_LT(RankTest(kEleven, above), 0.0002);
  EXPECT_LT(RankTest(above, kEleven), 0.0002);
  EXPECT_GT(RankTest(kEleven, kEleven), 0.9);
  EXPECT_EQ(RankTest({}, kEleven), 1);
  EXPECT_EQ(RankTest({1, 1}, {1, 1}), 1);
}

// U is 2 of 16; three equal samples lower the variance from 12 to 11.43; so z is 5.5 / 3.38.
TEST(RankTest, CountsTies) { EXPECT_NEAR(RankTest({1, 2, 2, 3}, {2, 4, 5, 6}), 0.1038, 0.0001); }

}  // namespace
}  // namespace pidproof::reports::samples_test
