#include "scenarios/loop/trial_loop.h"

#include <gtest/gtest.h>

#include <chrono>
#include <functional>

#include "probes/system/require.h"
#include "scenarios/loop/run_loop_testing.h"

namespace pidproof::scenarios::trial_loop_test {
namespace {

using namespace std::chrono_literals;

TEST(TrialLoop, CountsOutcomesAndReportsThemInBatches) {
  const Tally tally = RunLoop({.budget = {1h}}, [](TrialLoop& trials) {
    for (int i = 0; i < 1000 && trials.Next(); ++i) trials.Record(i % 4 == 0 ? "a" : "b");
  });
  EXPECT_EQ(tally.trials, 1000u);
  EXPECT_EQ(tally.outcomes, (std::map<std::string, std::uint64_t>{{"a", 250}, {"b", 750}}));
}

TEST(TrialLoop, KeepsWhatWasCountedBeforeAnException) {
  const Tally tally = RunLoop(
      {.budget = {1h}},
      [](TrialLoop& trials) {
        trials.Record("a");
        throw Broken("afterwards");
      },
      "ended badly: afterwards");
  EXPECT_EQ(tally.trials, 1u);
}

TEST(TrialLoop, StopsAfterThatManyTrials) {
  const Tally tally =
      RunLoop({.budget = {.time = 1h, .trials = 77}, .known = {"a"}}, [](TrialLoop& trials) {
        while (trials.Next()) trials.Record("a");
      });
  EXPECT_EQ(tally.trials, 77u);
}

TEST(TrialLoop, StopsWhenSilenceIsWorthEnough) {
  const LoopConfig config{.budget = {.time = 1h, .patience = 1h, .opportunities = 500},
                          .known = {"a"}};
  const Tally tally = RunLoop(config, [](TrialLoop& trials) {
    for (bool open = false; trials.Next(); open = !open) {
      trials.Record("a", open ? Window::kOpen : Window::kNear);
    }
  });
  EXPECT_GE(tally.opportunities, 500u);
  EXPECT_LT(tally.opportunities, 600u);
  EXPECT_NEAR(static_cast<double>(tally.near_misses), static_cast<double>(tally.opportunities), 1);
}

// Where no window opens, more trials prove nothing.
TEST(TrialLoop, GivesUpABoundThatNoWindowLeadsTo) {
  const LoopConfig config{.budget = {.time = 1h, .patience = 1ns, .opportunities = 500},
                          .known = {"a"}};
  const Tally tally = RunLoop(config, [](TrialLoop& trials) {
    while (trials.Next()) trials.Record("a", Window::kClosed);
  });
  EXPECT_EQ(tally.opportunities, 0u);
}

TEST(TrialLoop, StopsAtTheFirstHarmWhereABoundIsWanted) {
  const LoopConfig config{
      .budget = {.time = 1h, .opportunities = 1'000'000}, .harms = {"hit"}, .known = {"a"}};
  const Tally tally = RunLoop(config, [](TrialLoop& trials) {
    while (trials.Next()) trials.Record(trials.trial() == 100 ? "hit" : "a");
  });
  EXPECT_GE(tally.trials, 100u);
  EXPECT_LT(tally.trials, 200u);
}

// A path that is exposed to a harm goes on until it comes, but not for ever.
TEST(TrialLoop, HasPatienceWithAHarmThatMustCome) {
  LoopConfig config{
      .budget = {.time = 1ns, .patience = 1h}, .harms = {"hit"}, .known = {"a", "hit"}};
  config.expects_hazard = true;
  const auto loop = [](TrialLoop& trials) {
    while (trials.Next()) trials.Record(trials.trial() == 5000 ? "hit" : "a");
  };
  EXPECT_EQ(RunLoop(config, loop).outcomes["hit"], 1u);
  config.budget.patience = 2ns;
  EXPECT_LT(RunLoop(config, loop).trials, 5000u);
}

TEST(TrialLoop, HasSomePatienceWithAKernelBug) {
  LoopConfig config{
      .budget = {.time = 1ns, .patience = 4h}, .harms = {"lost"}, .known = {"a", "lost"}};
  config.may_have_bug = true;
  const auto loop = [](TrialLoop& trials) {
    while (trials.Next()) trials.Record(trials.trial() == 5000 ? "lost" : "a");
  };
  const Tally met = RunLoop(config, loop);
  EXPECT_EQ(met.outcomes.at("lost"), 1u);
  EXPECT_LT(met.trials, 5100u);
  config.budget.patience = 2ns;
  EXPECT_LT(RunLoop(config, loop).trials, 5000u);
}

// With strong evidence it leaves the rest of its time to other loops; with weak evidence it does
// not.
TEST(TrialLoop, LeavesTheRestOfItsTimeOnceItHasEnough) {
  const LoopConfig config{.budget = {.time = 1h, .patience = 1h, .enough = 500}, .known = {"a"}};
  const Tally tally = RunLoop(config, [](TrialLoop& trials) {
    for (bool open = false; trials.Next(); open = !open) {
      trials.Record("a", open ? Window::kOpen : Window::kClosed);
    }
  });
  EXPECT_EQ(tally.opportunities, 500u);
}

// Where the path is exposed to the harm, it stops once the harm has come and a rate can be given.
TEST(TrialLoop, LeavesTheRestOfItsTimeOnceItsHarmHasCome) {
  LoopConfig config{.budget = {.time = 1h, .patience = 1h, .enough = 5000},
                    .harms = {"hit"},
                    .known = {"a", "hit"}};
  config.expects_hazard = true;
  const auto hit_at = [&](std::uint64_t trial) {
    return RunLoop(config,
                   [&](TrialLoop& trials) {
                     while (trials.Next()) trials.Record(trials.trial() == trial ? "hit" : "a");
                   })
        .trials;
  };
  EXPECT_EQ(hit_at(1), kFewestOpportunities);
  EXPECT_EQ(hit_at(200), 200u);
}

// On a slow machine it goes on until enough windows have opened for a verdict.
TEST(TrialLoop, HasPatienceUntilAFewWindowsHaveOpened) {
  LoopConfig config{.budget = {.time = 1ns, .patience = 1h}, .known = {"a"}};
  const Tally tally = RunLoop(config, [](TrialLoop& trials) {
    while (trials.Next())
      trials.Record("a", trials.trial() % 10 == 0 ? Window::kOpen : Window::kNear);
  });
  EXPECT_EQ(tally.opportunities, kFewestOpportunities);
}

TEST(TrialLoop, RecordsTheFirstTrialsWithAnUnknownOutcome) {
  const Tally tally =
      RunLoop({.budget = {.time = 1h, .trials = 100}, .known = {"a"}}, [](TrialLoop& trials) {
        while (trials.Next()) {
          trials.Note("kill", Result<int>::Errno(3));
          trials.Record(trials.trial() % 10 == 0 ? "odd" : "a");
        }
      });
  ASSERT_EQ(tally.recorded.size(), 3u);
  const Recorded& first = tally.recorded.front();
  EXPECT_EQ(first.outcome, "odd");
  EXPECT_EQ(first.trial, 10u);
  ASSERT_EQ(first.events.size(), 1u);
  EXPECT_STREQ(first.events.front().call, "kill");
  EXPECT_EQ(first.events.front().saw, -3);
}

// After harm through a window that was measured as closed, every trial counts as an opportunity.
TEST(TrialLoop, CountsEveryTrialAsAnOpportunityOnceHarmCameUnexpected) {
  const LoopConfig config{
      .budget = {.time = 1h, .trials = 10}, .harms = {"hit"}, .known = {"hit", "a"}};
  const Tally tally = RunLoop(config, [](TrialLoop& trials) {
    while (trials.Next()) trials.Record(trials.trial() == 5 ? "hit" : "a", Window::kClosed);
  });
  EXPECT_EQ(tally.opportunities, 10u);
}

TEST(Tally, JoinsWhatSeveralWorkersCounted) {
  Tally one;
  one.trials = 10;
  one.opportunities = 5;
  one.outcomes = {{"a", 10}};
  one.first = {{"a", 0.5}};
  one.seconds = 1;
  one.baseline_per_second = 100;
  one.actors = {"x", "y"};
  one.won = {3, 7};
  Tally other = one;
  other.outcomes = {{"a", 8}, {"b", 2}};
  other.first = {{"a", 0.25}, {"b", 0.75}};
  other.seconds = 1.5;
  one.Join(other);
  EXPECT_EQ(one.trials, 20u);
  EXPECT_EQ(one.opportunities, 10u);
  EXPECT_EQ(one.outcomes, (std::map<std::string, std::uint64_t>{{"a", 18}, {"b", 2}}));
  EXPECT_EQ(one.first, (std::map<std::string, double>{{"a", 0.25}, {"b", 0.75}}));
  EXPECT_EQ(one.seconds, 1.5);
  EXPECT_EQ(one.baseline_per_second, 200);
  EXPECT_EQ(one.won, (std::vector<std::uint64_t>{6, 14}));
}

TEST(Tally, GoesOnWhereTheSliceBeforeEnded) {
  Tally whole;
  whole.trials = 10;
  whole.opportunities = 5;
  whole.outcomes = {{"a", 10}};
  whole.first = {{"a", 0.5}};
  whole.seconds = 1;
  whole.baseline_per_second = 100;
  Tally later = whole;
  later.outcomes = {{"a", 8}, {"b", 2}};
  later.first = {{"a", 0.25}, {"b", 0.75}};
  later.baseline_per_second = 120;
  later.recorded = {{"b", 3, {}, {}}};
  whole.Continue(later);
  EXPECT_EQ(whole.trials, 20u);
  EXPECT_EQ(whole.opportunities, 10u);
  EXPECT_EQ(whole.outcomes, (std::map<std::string, std::uint64_t>{{"a", 18}, {"b", 2}}));
  EXPECT_EQ(whole.first, (std::map<std::string, double>{{"a", 0.5}, {"b", 1.75}}));
  EXPECT_EQ(whole.seconds, 2);
  EXPECT_EQ(whole.baseline_per_second, 120);
  ASSERT_EQ(whole.recorded.size(), 1u);
  EXPECT_EQ(whole.recorded.front().trial, 13u);
}

}  // namespace
}  // namespace pidproof::scenarios::trial_loop_test
