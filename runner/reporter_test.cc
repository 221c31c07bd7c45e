#include "runner/reporter.h"

#include <gtest/gtest.h>

#include <chrono>
#include <optional>

namespace pidproof::runner::reporter_test {
namespace {

using namespace std::chrono_literals;

constexpr std::chrono::nanoseconds kAnyTime = std::chrono::nanoseconds::max();

scenarios::Tally After(double seconds, std::uint64_t trials, std::uint64_t opportunities) {
  scenarios::Tally tally;
  tally.trials = trials;
  tally.opportunities = opportunities;
  tally.seconds = seconds;
  return tally;
}

TEST(SecondsLeft, FollowFromTheRateSoFar) {
  EXPECT_EQ(SecondsLeft({.time = 10s}, After(4, 100, 50)), 6);
  EXPECT_EQ(SecondsLeft({.time = kAnyTime, .trials = 300}, After(4, 100, 50)), 8);
  EXPECT_EQ(SecondsLeft({.time = kAnyTime, .opportunities = 300}, After(4, 100, 50)), 20);
  EXPECT_EQ(SecondsLeft({.time = 10s, .opportunities = 300}, After(4, 100, 50)), 6);
  EXPECT_EQ(SecondsLeft({.time = 1s, .trials = 10}, After(4, 100, 50)), 0);
}

TEST(SecondsLeft, AreUnknownWithoutARate) {
  EXPECT_EQ(SecondsLeft({.time = kAnyTime, .opportunities = 300}, After(4, 100, 0)), std::nullopt);
  EXPECT_EQ(SecondsLeft({.time = kAnyTime, .trials = 300}, After(0, 100, 50)), std::nullopt);
  EXPECT_EQ(SecondsLeft({.time = 10s, .trials = 300}, After(0, 0, 0)), 10);
}

}  // namespace
}  // namespace pidproof::runner::reporter_test
