#include "reports/document/statistics.h"

#include <gtest/gtest.h>

#include <cmath>

namespace pidproof::reports::statistics_test {
namespace {

// Values of the published formula, worked out apart from this code.
TEST(Statistics, WilsonsIntervalIsThePublishedOne) {
  struct Row {
    std::uint64_t hits;
    std::uint64_t opportunities;
    double low;
    double high;
  };
  for (const Row& row : {Row{10, 100, 0.05523, 0.17437}, Row{0, 10, 0, 0.27753},
                         Row{10, 10, 0.72247, 1}, Row{1, 2, 0.09453, 0.90547}}) {
    const Interval interval = Wilson95(row.hits, row.opportunities);
    EXPECT_NEAR(interval.low, row.low, 1e-4) << row.hits << " of " << row.opportunities;
    EXPECT_NEAR(interval.high, row.high, 1e-4) << row.hits << " of " << row.opportunities;
  }
  EXPECT_EQ(Wilson95(0, 0).high, 1);
}

// A share at the bound would stay unseen in just one of twenty runs.
TEST(Statistics, TheBoundAtZeroIsExact) {
  for (const std::uint64_t n : {1u, 10u, 1000u, 812'345u}) {
    EXPECT_NEAR(std::pow(1 - BoundAtZero95(n), static_cast<double>(n)), 0.05, 1e-6) << n;
  }
  EXPECT_EQ(BoundAtZero95(0), 1);
}

TEST(Statistics, SayWhatAReaderNeeds) {
  EXPECT_EQ(RateSentence(0, 812'345),
            "0 in 812,345 opportunities: with 95 % confidence fewer than 1 in 271,000");
  EXPECT_EQ(RateSentence(0, 0), "0 in 0 opportunities: nothing can be said");
  EXPECT_EQ(RateSentence(5, 5),
            "5 in 5 opportunities: 100 % (with 95 % confidence 56.6 % to 100 %)");
  EXPECT_EQ(RateSentence(1, 1'000'000),
            "1 in 1,000,000 opportunities: 0.000100 % (with 95 % confidence 0.0000177 % to "
            "0.000566 %)");
}

}  // namespace
}  // namespace pidproof::reports::statistics_test
