#include "scenarios/loop/race.h"

#include <gtest/gtest.h>
#include <sched.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <functional>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "probes/system/require.h"
#include "scenarios/loop/run_loop_testing.h"

namespace pidproof::scenarios::race_test {
namespace {

using namespace std::chrono_literals;

constexpr std::uint64_t kRounds = 200;
const LoopConfig kConfig{.budget = {.time = 1h, .trials = kRounds}, .known = {"done", "none"}};

TEST(Race, EachActsOnceARound) {
  const Tally tally = RunLoop(kConfig, [](TrialLoop& trials) {
    std::array<std::atomic<std::uint64_t>, 3> acted{};
    std::vector<Race::Act> acts;
    for (auto& count : acted)
      acts.push_back({"count", [&count]() -> CallResult { return ++count, 0; }});
    Race race(trials, std::move(acts));
    while (trials.Next()) {
      race.Run();
      const bool all =
          std::ranges::all_of(acted, [&](const auto& count) { return count == trials.trial(); });
      trials.Record(all ? "done" : "odd");
    }
  });
  EXPECT_EQ(tally.outcomes, (std::map<std::string, std::uint64_t>{{"done", kRounds}}));
  ASSERT_EQ(tally.began_first.size(), 3u);
  EXPECT_EQ(tally.began_first[0] + tally.began_first[1] + tally.began_first[2], kRounds);
}

// Acts that wait for each other overlap, by the clock too.
TEST(Race, KnowsThatActsOverlapped) {
  const Tally tally = RunLoop(kConfig, [](TrialLoop& trials) {
    std::atomic<std::uint64_t> arrived = 0;
    const auto meet = [&]() -> CallResult {
      const std::uint64_t all = 2 * trials.trial();
      ++arrived;
      arrived.notify_all();
      for (std::uint64_t seen = arrived; seen < all; seen = arrived) arrived.wait(seen);
      return 0;
    };
    Race race(trials, {{"meet", meet}, {"meet", meet}});
    while (trials.Next()) {
      race.Run();
      trials.Record("done", race.window());
    }
  });
  EXPECT_EQ(tally.opportunities, kRounds);
}

// An act that begins only after the other has ended does not overlap with it.
TEST(Race, KnowsThatActsDidNotOverlap) {
  const Tally tally = RunLoop(kConfig, [](TrialLoop& trials) {
    std::int64_t ended = 0;
    std::int64_t begun = 0;
    Race race(trials, {{"one", [&]() -> CallResult { return ended = ClockNow(), 0; }},
                       {"other", [&]() -> CallResult { return begun = ClockNow(), 0; }}});
    while (trials.Next()) {
      race.Run();
      // Events inside acts that did not overlap are ordered like the acts.
      const bool ordered = race.window() == Window::kOpen || (begun < ended) == (race.first() == 1);
      trials.Record(ordered ? "done" : "odd", race.window());
    }
  });
  EXPECT_EQ(tally.outcomes, (std::map<std::string, std::uint64_t>{{"done", kRounds}}));
}

TEST(Race, RethrowsWhatAnActThrew) {
  RunLoop(
      kConfig,
      [](TrialLoop& trials) {
        Race race(trials, {{"good", []() -> CallResult { return 0; }},
                           {"bad", []() -> CallResult { throw Broken("in an act"); }}});
        ASSERT_TRUE(trials.Next());
        race.Run();
      },
      "ended badly: in an act");
}

TEST(Race, RecordsWhatEachDidAndTheScheduleOfTheTrial) {
  const Tally tally = RunLoop(kConfig, [](TrialLoop& trials) {
    Race race(trials, {{"one", []() -> CallResult { return 1; }},
                       {"two", []() -> CallResult { return Result<int>::Errno(2); }}});
    while (trials.Next()) {
      race.Run();
      trials.Record(trials.trial() == 100 ? "odd" : "done");
    }
  });
  ASSERT_EQ(tally.recorded.size(), 1u);
  const Recorded& recorded = tally.recorded.front();
  EXPECT_EQ(recorded.trial, 100u);
  ASSERT_EQ(recorded.events.size(), 2u);
  EXPECT_LE(recorded.events[0].begun, recorded.events[1].begun);
  for (const Event& event : recorded.events) {
    EXPECT_EQ(event.saw, event.actor == 0 ? 1 : -2);
    EXPECT_GE(event.ended, event.begun);
  }
}

// Every trial uses the schedule that is to be replayed.
TEST(Race, RepeatsAScheduleThatIsGiven) {
  LoopConfig config = kConfig;
  config.known = {};
  config.repeated =
      Schedule{{Perturbation::kTogether, Perturbation::kPreemption, false}, {0, 1234}};
  const Tally tally = RunLoop(config, [](TrialLoop& trials) {
    Race race(trials, {{"one", []() -> CallResult { return 0; }},
                       {"two", []() -> CallResult { return 0; }}});
    while (trials.Next()) {
      race.Run();
      trials.Record("odd");
    }
  });
  ASSERT_FALSE(tally.recorded.empty());
  for (const Recorded& recorded : tally.recorded) {
    EXPECT_EQ(recorded.schedule.perturbation, config.repeated->perturbation);
    EXPECT_GE(recorded.schedule.offsets[1], 1234);
    EXPECT_LE(recorded.schedule.offsets[1], 1234 + 1000);
  }
}

}  // namespace
}  // namespace pidproof::scenarios::race_test
