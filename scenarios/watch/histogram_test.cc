#include "scenarios/watch/histogram.h"

#include <gtest/gtest.h>

#include <vector>

namespace pidproof::scenarios::watch::histogram_test {
namespace {

TEST(Histogram, HasEightBucketsADoubling) {
  EXPECT_EQ(LowerBound(0), 0);
  EXPECT_EQ(LowerBound(7), 7);
  EXPECT_EQ(LowerBound(15), 15);
  EXPECT_EQ(LowerBound(17), 16);
  EXPECT_EQ(LowerBound(1023), 960);
  EXPECT_EQ(LowerBound(1024), 1024);
  EXPECT_EQ(LowerBound(1151), 1024);
  EXPECT_EQ(LowerBound(1152), 1152);
}

TEST(Histogram, ListsTheBucketsThatAreNotEmpty) {
  EXPECT_EQ(HistogramText(std::vector<std::int64_t>{1152, 3, 1024, 1100}), "3*1,1024*2,1152*1");
  EXPECT_EQ(HistogramText({}), "");
}

TEST(Histogram, QuantilesAreNearestRanks) {
  const std::vector<std::int64_t> values{1, 2, 3, 4};
  EXPECT_EQ(Quantile(values, 0), 1);
  EXPECT_EQ(Quantile(values, 0.5), 2);
  EXPECT_EQ(Quantile(values, 0.51), 3);
  EXPECT_EQ(Quantile(values, 0.999), 4);
}

}  // namespace
}  // namespace pidproof::scenarios::watch::histogram_test
