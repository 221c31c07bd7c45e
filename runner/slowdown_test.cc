#include "runner/slowdown.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace pidproof::runner::slowdown_test {
namespace {

constexpr double kUsual = 100e-6;  // seconds

TEST(Slowdown, IsNotThatOfABusyMoment) {
  std::vector<double> seconds(16, 40 * kUsual);
  std::fill_n(seconds.begin() + 3, 5, kUsual);
  EXPECT_DOUBLE_EQ(SlowdownOf(seconds), 1);
}

TEST(Slowdown, IsThatOfAMachineOnWhichEachChildIsSlow) {
  std::vector<double> seconds(16, 60 * kUsual);
  seconds.front() = kUsual;
  EXPECT_DOUBLE_EQ(SlowdownOf(seconds), 60);
}

TEST(Slowdown, HasBounds) {
  EXPECT_DOUBLE_EQ(SlowdownOf(std::vector<double>(16, kUsual / 10)), 1);
  EXPECT_DOUBLE_EQ(SlowdownOf(std::vector<double>(16, 1)), 1000);
}

TEST(Slowdown, IsMeasuredWithinThem) {
  const double slowdown = MeasureSlowdown();
  EXPECT_GE(slowdown, 1);
  EXPECT_LE(slowdown, 1000);
}

}  // namespace
}  // namespace pidproof::runner::slowdown_test
