#include "reports/html/axis.h"

#include <gtest/gtest.h>

#include <limits>
#include <vector>

namespace pidproof::reports::html::axis_test {
namespace {

using Values = std::vector<double>;

TEST(LogAxis, GoesFromOneRoundValueToAnother) {
  const LogAxis axis({7, 30, 450}, 0, 200);
  EXPECT_DOUBLE_EQ(axis.At(5), 0);
  EXPECT_DOUBLE_EQ(axis.At(500), 200);
  EXPECT_DOUBLE_EQ(axis.At(50), 100);
  EXPECT_TRUE(axis.Contains(5));
  EXPECT_FALSE(axis.Contains(4.9));
  EXPECT_FALSE(axis.Contains(501));
  const LogAxis round({10, 1000}, 0, 200);
  EXPECT_DOUBLE_EQ(round.At(10), 0);
  EXPECT_DOUBLE_EQ(round.At(1000), 200);
}

TEST(LogAxis, MayRunUpwards) {
  const LogAxis axis({1, 100}, 200, 0);
  EXPECT_DOUBLE_EQ(axis.At(1), 200);
  EXPECT_DOUBLE_EQ(axis.At(10), 100);
}

TEST(LogAxis, EndsWhereValuesAreBeyondIt) {
  const LogAxis axis({1, 100}, 0, 200);
  EXPECT_DOUBLE_EQ(axis.At(1e300), 200);
  EXPECT_DOUBLE_EQ(axis.At(0.001), 0);
  EXPECT_DOUBLE_EQ(axis.At(0), 0);
}

TEST(LogAxis, PassesOverWhatHasNoPlace) {
  const double none = std::numeric_limits<double>::infinity();
  const LogAxis axis({0, none, -5, 20, 50}, 0, 200);
  EXPECT_DOUBLE_EQ(axis.At(20), 0);
  EXPECT_DOUBLE_EQ(axis.At(50), 200);
  EXPECT_EQ(LogAxis({}, 0, 200).Ticks(), (Values{1, 2, 5, 10}));
  EXPECT_EQ(LogAxis({3}, 0, 200).Ticks(), (Values{2, 5}));
}

TEST(LogAxis, MarksAsMuchAsThereIsRoomFor) {
  EXPECT_EQ(LogAxis({0.05, 5}, 0, 400).Ticks(), (Values{0.05, 0.1, 0.2, 0.5, 1, 2, 5}));
  EXPECT_EQ(LogAxis({1, 10'000}, 52, 192).Ticks(), (Values{1, 10, 100, 1000, 10'000}));
  EXPECT_EQ(LogAxis({10, 1000}, 52, 192).Ticks(), (Values{10, 100, 1000}));
  const std::size_t ticks = LogAxis({1e-300, 1e300}, 0, 200).Ticks().size();
  EXPECT_GE(ticks, 2U);
  EXPECT_LE(ticks, 6U);
}

TEST(Ticks, AreInWords) {
  EXPECT_EQ(TimeOfTick(5), "5 ns");
  EXPECT_EQ(TimeOfTick(1000), "1 us");
  EXPECT_EQ(TimeOfTick(2e8), "200 ms");
  EXPECT_EQ(TimeOfTick(1e9), "1 s");
  EXPECT_EQ(NumberOfTick(0.05), "0.05");
  EXPECT_EQ(NumberOfTick(100), "100");
  EXPECT_EQ(NumberOfTick(10'000), "10k");
  EXPECT_EQ(Pixels(12.345), "12.3");
  EXPECT_EQ(Pixels(200), "200");
}

}  // namespace
}  // namespace pidproof::reports::html::axis_test
