#include "runner/limits.h"

#include <gtest/gtest.h>

#include <chrono>

namespace pidproof::runner::limits_test {
namespace {

using namespace std::chrono_literals;

Options WithTrials(std::uint64_t trials) {
  Options options;
  options.torture = {.time = 60s, .trials = trials};
  return options;
}

TEST(LimitsFor, GrowWithTheSlowdownOfTheMachine) {
  const Options options = WithTrials(3);
  EXPECT_EQ(LimitsFor(options, 1).deadline, 20s);
  EXPECT_EQ(LimitsFor(options, 3).deadline, 60s);
}

TEST(LimitsFor, BoundThePatienceOfARace) {
  Options options = WithTrials(3);
  const auto patience = [&](std::chrono::nanoseconds time, double slowdown) {
    options.torture.time = time;
    return LimitsFor(options, slowdown).torture.patience;
  };
  EXPECT_EQ(patience(100ms, 1), 2s);   // at the least
  EXPECT_EQ(patience(500ms, 1), 5s);   // ten times the budget
  EXPECT_EQ(patience(500ms, 2), 10s);  // and twice that on a slow machine
  EXPECT_EQ(patience(5s, 1), 20s);     // at the most
  EXPECT_EQ(patience(3600s, 1), 20s);
}

TEST(LimitsFor, TakeTheRestFromTheOptions) {
  Options options = WithTrials(3);
  options.seed = 42;
  options.jobs = 3;
  options.pid_method = scenarios::PidMethod::kLastPid;
  options.allow_pid_wrap = true;
  const Limits limits = LimitsFor(options, 1);
  EXPECT_EQ(limits.seed, 42u);
  EXPECT_EQ(limits.workers, 3u);
  EXPECT_EQ(limits.torture.trials, 3u);
  EXPECT_EQ(limits.pid_rules.first, scenarios::PidMethod::kLastPid);
  EXPECT_TRUE(limits.pid_rules.may_walk);
}

TEST(LimitsOfWorker, AddUpToTheWhole) {
  Limits whole = LimitsFor(WithTrials(7), 1);
  whole.torture.opportunities = 5;
  whole.host_pids = 90;
  std::uint64_t trials = 0;
  std::uint64_t opportunities = 0;
  std::uint64_t host_pids = 0;
  for (const std::size_t worker : {0, 1, 2}) {
    const Limits share = LimitsOfWorker(whole, worker, 3);
    trials += share.torture.trials;
    opportunities += share.torture.opportunities;
    host_pids += share.host_pids;
    EXPECT_EQ(share.torture.time, 60s);
    EXPECT_EQ(share.torture.enough, 0u) << "any number stays any number";
  }
  EXPECT_EQ(trials, 7u);
  EXPECT_EQ(opportunities, 5u);
  EXPECT_EQ(host_pids, 90u);
}

}  // namespace
}  // namespace pidproof::runner::limits_test
