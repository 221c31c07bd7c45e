#include "runner/session.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <set>
#include <string>

namespace pidproof {
namespace {

using namespace std::chrono_literals;

Options Asking(std::vector<std::string> only, std::vector<const char*> worlds = {"native"}) {
  Options options;
  for (const char* name : worlds) options.worlds.push_back(World::Parse(name));
  options.only = std::move(only);
  options.torture = {.time = 60s, .trials = 3};
  options.quiet = true;
  return options;
}

TEST(RunSession, ProbesEveryWorldAndRunsNothingWhereOnlyThatIsAsked) {
  Options options = Asking({"pidfd_open*"}, {"native", "pidfd_open:enosys"});
  options.probe_only = true;
  const reports::Document document = RunSession(options);
  EXPECT_TRUE(document.cells.empty());
  EXPECT_TRUE(document.scenarios.empty());
  std::set<std::string> worlds;
  for (const reports::Feature& row : document.features) {
    EXPECT_EQ(row.feature.rfind("pidfd_open", 0), 0u) << row.feature;
    worlds.insert(row.world);
  }
  EXPECT_EQ(worlds, (std::set<std::string>{"native", "pidfd_open:enosys"}));
  EXPECT_FALSE(document.run.interrupted);
  EXPECT_EQ(document.run.failure, "");
  EXPECT_FALSE(document.host.release.empty());
}

TEST(RunSession, AsksBothPathsOrTheOneThatIsWanted) {
  Options options = Asking({"life_cycle/dead_pid"});
  const reports::Document both = RunSession(options);
  ASSERT_EQ(both.scenarios.size(), 1u);
  EXPECT_EQ(both.scenarios.front().name, "life_cycle/dead_pid");
  ASSERT_EQ(both.cells.size(), 2u);
  EXPECT_NE(both.cells[0].path, both.cells[1].path);
  options.path = kPidfd;
  const reports::Document one = RunSession(options);
  ASSERT_EQ(one.cells.size(), 1u);
  EXPECT_EQ(one.cells.front().path, "pidfd");
}

TEST(RunSession, RunsRacesUnlessOnlyConformanceIsAsked) {
  Options options = Asking({"pid_reuse/signal"});
  EXPECT_EQ(RunSession(options).cells.size(), 2u);
  options.conformance_only = true;
  EXPECT_TRUE(RunSession(options).cells.empty());
}

TEST(RunSession, CallsUnsupportedWhatAWorldLacks) {
  const reports::Document document =
      RunSession(Asking({"life_cycle/dead_pid"}, {"pidfd_open:enosys"}));
  const auto cell = std::ranges::find(document.cells, "pidfd", &reports::Cell::path);
  ASSERT_NE(cell, document.cells.end());
  EXPECT_EQ(cell->world, "pidfd_open:enosys");
  EXPECT_EQ(cell->verdict, "unsupported");
  EXPECT_EQ(cell->missing, "pidfd_open");
}

TEST(RunSession, HandsOutTheDocumentSoFar) {
  std::size_t kept = 0;
  RunSession(Asking({"life_cycle/dead_pid"}), [&](const reports::Document& so_far) {
    EXPECT_TRUE(so_far.run.interrupted) << "it would not be the whole";
    EXPECT_EQ(so_far.scenarios.size(), 1u);
    ++kept;
  });
  EXPECT_GT(kept, 0u);
}

TEST(LimitsFor, GrowWithTheSlowdownOfTheMachine) {
  const Options options = Asking({});
  EXPECT_EQ(LimitsFor(options, 1).deadline, 20s);
  EXPECT_EQ(LimitsFor(options, 3).deadline, 60s);
}

TEST(LimitsFor, BoundThePatienceOfARace) {
  Options options = Asking({});
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
  Options options = Asking({});
  options.seed = 42;
  options.jobs = 3;
  options.pid_method = PidMethod::kLastPid;
  options.allow_pid_wrap = true;
  const Limits limits = LimitsFor(options, 1);
  EXPECT_EQ(limits.seed, 42u);
  EXPECT_EQ(limits.workers, 3u);
  EXPECT_EQ(limits.torture.trials, 3u);
  EXPECT_EQ(limits.deal.first, PidMethod::kLastPid);
  EXPECT_TRUE(limits.deal.may_walk);
}

}  // namespace
}  // namespace pidproof
