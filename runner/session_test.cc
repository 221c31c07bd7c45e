#include "runner/session.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <set>
#include <string>

namespace pidproof::runner::session_test {
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
  options.path = scenarios::kPidfd;
  const reports::Document one = RunSession(options);
  ASSERT_EQ(one.cells.size(), 1u);
  EXPECT_EQ(one.cells.front().path, reports::Path::kPidfd);
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
  const auto cell = std::ranges::find(document.cells, reports::Path::kPidfd, &reports::Cell::path);
  ASSERT_NE(cell, document.cells.end());
  EXPECT_EQ(cell->world, "pidfd_open:enosys");
  EXPECT_EQ(cell->verdict, reports::Verdict::kUnsupported);
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

}  // namespace
}  // namespace pidproof::runner::session_test
