#include "scenarios/watch/histogram.h"

#include <gtest/gtest.h>

#include <vector>

namespace pidproof::scenarios::watch::histogram_test {
namespace {

TEST(HistogramText, HasFourBucketsADoubling) {
  EXPECT_EQ(LowerBound(0), 0);
  EXPECT_EQ(LowerBound(7), 7);
  EXPECT_EQ(LowerBound(15), 14);
  EXPECT_EQ(LowerBound(17), 16);
  EXPECT_EQ(LowerBound(1023), 896);
  EXPECT_EQ(LowerBound(1024), 1024);
  EXPECT_EQ(LowerBound(1279), 1024);
  EXPECT_EQ(LowerBound(1280), 1280);
}

TEST(HistogramText, ListsTheBucketsThatAreNotEmpty) {
  EXPECT_EQ(HistogramText(std::vector<std::int64_t>{1280, 3, 1024, 1100}), "3*1,1024*2,1280*1");
  EXPECT_EQ(HistogramText({}), "");
}

TEST(HistogramText, QuantilesAreNearestRanks) {
  const std::vector<std::int64_t> values{1, 2, 3, 4};
  EXPECT_EQ(Quantile(values, 0), 1);
  EXPECT_EQ(Quantile(values, 0.5), 2);
  EXPECT_EQ(Quantile(values, 0.51), 3);
  EXPECT_EQ(Quantile(values, 0.999), 4);
}

}  // namespace
}  // namespace pidproof::scenarios::watch::histogram_test
