#include "runner/torture_schedule.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

#include "reports/document/strength.h"
#include "scenarios/loop/loop_config.h"

namespace pidproof::runner::torture_schedule_test {
namespace {

// A second has passed for each.
LoopState After(std::uint64_t opportunities) { return {opportunities, 1, true}; }

TimeLeft Both(double seconds) { return {seconds, seconds}; }

TEST(NextSlice, GoesToTheWeakLoopThatIsFairFirst) {
  const std::vector<LoopState> loops{After(2900), After(100), After(200), After(150)};
  const auto slice = NextSlice(loops, Both(10));
  ASSERT_TRUE(slice.has_value());
  EXPECT_EQ(slice->loop, 2u);
  EXPECT_EQ(slice->opportunities, reports::kOpportunitiesIfFair);
  EXPECT_NEAR(slice->seconds, 0.5 * 1.25, 0.05);
}

TEST(NextSlice, GoesToTheLoopThatIsStrongFirstOnceNoneIsWeak) {
  const std::vector<LoopState> loops{After(400), After(2000), After(1000), After(5000)};
  const auto slice = NextSlice(loops, Both(10));
  ASSERT_TRUE(slice.has_value());
  EXPECT_EQ(slice->loop, 1u);
  EXPECT_EQ(slice->opportunities, reports::kOpportunitiesIfStrong);
  EXPECT_NEAR(slice->seconds, 0.5 * 1.25, 0.05);
}

TEST(NextSlice, GoesToTheSubjectBeforeTheControl) {
  LoopState control = After(2000);
  control.is_subject = false;
  const std::vector<LoopState> loops{control, After(1000)};
  EXPECT_EQ(NextSlice(loops, Both(10))->loop, 1u);
  EXPECT_EQ(NextSlice(loops, Both(1))->loop, 0u) << "there is no time for the other";
}

TEST(NextSlice, GoesToNoneThatWantsNoMore) {
  LoopState control{3, 1, false};
  LoopState never_open{0, 1, true};
  const std::vector<LoopState> loops{control, never_open, After(3000)};
  EXPECT_FALSE(NextSlice(loops, Both(10)).has_value());
  EXPECT_FALSE(NextSlice({}, Both(10)).has_value());
}

// What is left is given to a weak one, though it will hardly do; to none where it cannot help.
TEST(NextSlice, KeepsToTheTimeThatIsLeft) {
  const std::vector<LoopState> weak{After(30)};
  const auto slice = NextSlice(weak, Both(2));
  ASSERT_TRUE(slice.has_value());
  EXPECT_EQ(slice->seconds, 2);
  const std::vector<LoopState> fair{After(300)};
  EXPECT_FALSE(NextSlice(fair, Both(2)).has_value());
  EXPECT_FALSE(NextSlice(weak, Both(0.01)).has_value());
  EXPECT_FALSE(NextSlice(weak, Both(-1)).has_value());
}

TEST(NextSlice, IsLongEnoughToLearnIn) {
  const std::vector<LoopState> nearly{After(298)};
  EXPECT_EQ(NextSlice(nearly, Both(2))->seconds, 0.1);
}

// Longer than evidence may grow stronger: a slow machine decides, and leaves it at that.
TEST(NextSlice, DecidesFirstAndForLonger) {
  LoopState control = After(10);
  control.is_subject = false;
  const std::vector<LoopState> loops{After(40), After(6), control};
  const auto slice = NextSlice(loops, {-1, 10});
  ASSERT_TRUE(slice.has_value());
  EXPECT_EQ(slice->loop, 2u) << "the quickest";
  EXPECT_EQ(slice->opportunities, scenarios::kFewestOpportunities);
  EXPECT_EQ(NextSlice(loops, {10, 10})->loop, 2u);
  EXPECT_EQ(NextSlice(loops, {10, 0})->loop, 0u) << "too late to decide the others";
  EXPECT_FALSE(NextSlice(std::vector{After(40)}, {-1, 10}).has_value());
}

// Loops that keep to the slowdown they had: the schedule as a whole, without a clock.
TEST(NextSlice, LeavesNoneWeakAndMakesMostStrong) {
  std::vector<LoopState> loops;
  for (std::uint64_t rate = 300; rate <= 6000; rate += 300) {
    loops.push_back({rate / 10, 0.1, true});
  }
  double left = 10;
  while (const auto slice = NextSlice(loops, Both(left))) {
    LoopState& loop = loops[slice->loop];
    const double rate = static_cast<double>(loop.opportunities) / loop.seconds;
    loop.opportunities += static_cast<std::uint64_t>(rate * slice->seconds);
    loop.seconds += slice->seconds;
    left -= slice->seconds;
  }
  const auto have = [&](std::uint64_t opportunities) {
    return std::ranges::count_if(
        loops, [&](const LoopState& loop) { return loop.opportunities >= opportunities; });
  };
  EXPECT_EQ(have(reports::kOpportunitiesIfFair), 20);
  EXPECT_GE(have(reports::kOpportunitiesIfStrong), 10);
  EXPECT_GE(left, 0);
}

}  // namespace
}  // namespace pidproof::runner::torture_schedule_test
