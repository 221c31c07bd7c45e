#include "runner/workers.h"

#include <errno.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <string>
#include <vector>

#include "probes/system/isolate.h"
#include "probes/system/require.h"

namespace pidproof {
namespace {

using namespace std::chrono_literals;

CellRun ColumnOf(std::size_t job, std::size_t lane) {
  CellRun column;
  column.ended.how = Ended::kReturned;
  column.tally.trials = job;
  column.tally.outcomes["by lane " + std::to_string(lane)] = 1;
  return column;
}

const auto kUntold = [](const std::vector<CellRun>&) {};

TEST(Workers, RunEachJobOnceInItsLane) {
  const std::vector<CellRun> columns = RunInWorkers(2, 5, 60s, ColumnOf, kUntold);
  ASSERT_EQ(columns.size(), 5u);
  for (std::size_t job = 0; job < columns.size(); ++job) {
    EXPECT_EQ(columns[job].tally.trials, job);
    EXPECT_EQ(columns[job].ended.how, Ended::kReturned);
    EXPECT_TRUE(columns[job].tally.outcomes.contains("by lane " + std::to_string(job % 2))) << job;
  }
}

TEST(Workers, ReturnWhatTheColumnHolds) {
  const auto run = [](std::size_t, std::size_t) {
    CellRun column;
    column.lacks = "needs something";
    column.missing = "pidfd_open";
    column.ended = {Ended::kSignalled, SIGSEGV, "a text \xff of any bytes"};
    column.tally.trials = 3;
    column.tally.opportunities = 2;
    column.tally.outcomes = {{"esrch", 1}, {"ok", 2}};
    column.tally.outer_used = 5;
    return column;
  };
  const CellRun column = RunInWorkers(1, 1, 60s, run, kUntold).at(0);
  EXPECT_EQ(column.lacks, "needs something");
  EXPECT_EQ(column.missing, "pidfd_open");
  EXPECT_EQ(column.ended.how, Ended::kSignalled);
  EXPECT_EQ(column.ended.number, SIGSEGV);
  EXPECT_EQ(column.ended.text.substr(0, 7), "a text ");
  EXPECT_EQ(column.tally.trials, 3u);
  EXPECT_EQ(column.tally.opportunities, 2u);
  EXPECT_EQ(column.tally.outcomes, (std::map<std::string, std::uint64_t>{{"esrch", 1}, {"ok", 2}}));
  EXPECT_EQ(column.tally.outer_used, 5u);
}

TEST(Workers, AreProcessesOfTheirOwn) {
  const auto run = [](std::size_t, std::size_t) {
    CellRun column;
    column.tally.trials = static_cast<std::uint64_t>(getpid());
    return column;
  };
  const std::vector<CellRun> columns = RunInWorkers(2, 4, 60s, run, kUntold);
  EXPECT_EQ(columns[0].tally.trials, columns[2].tally.trials);
  EXPECT_NE(columns[0].tally.trials, columns[1].tally.trials);
  EXPECT_NE(columns[0].tally.trials, static_cast<std::uint64_t>(getpid()));
}

// Whatever ends a lane ends its jobs only.
TEST(Workers, CallWhatADeadLaneHasNotDoneBroken) {
  const auto run = [](std::size_t job, std::size_t lane) {
    if (job == 2) _exit(3);
    if (job == 3) throw Unsupported("not here");
    return ColumnOf(job, lane);
  };
  const std::vector<CellRun> columns = RunInWorkers(2, 6, 60s, run, kUntold);
  for (const std::size_t job : {0, 1}) EXPECT_EQ(columns[job].ended.how, Ended::kReturned) << job;
  for (const std::size_t job : {2, 3, 4, 5}) {
    EXPECT_EQ(columns[job].ended.how, Ended::kBroken) << job;
    EXPECT_EQ(columns[job].ended.text, "its lane ended before it") << job;
  }
}

TEST(Workers, NameTheErrnoThatEndedALane) {
  const auto run = [](std::size_t, std::size_t) -> CellRun {
    Require(Result<int>::Errno(ENOSPC));
    return {};
  };
  const CellRun column = RunInWorkers(1, 1, 60s, run, kUntold).at(0);
  EXPECT_EQ(column.ended.how, Ended::kBroken);
  EXPECT_EQ(column.ended.number, ENOSPC);
  EXPECT_EQ(column.ended.text, "its lane ended before it: ENOSPC");
}

TEST(Workers, ReportEachColumnAsItIsDone) {
  std::vector<std::size_t> done;
  RunInWorkers(2, 4, 60s, ColumnOf, [&](const std::vector<CellRun>& so_far) {
    ASSERT_EQ(so_far.size(), 4u);
    done.push_back(static_cast<std::size_t>(std::ranges::count_if(
        so_far, [](const CellRun& column) { return column.ended.how != Ended::kStopped; })));
  });
  EXPECT_EQ(done, (std::vector<std::size_t>{1, 2, 3, 4}));
}

TEST(Workers, AreNoMoreThanTheJobsAndAtLeastOne) {
  EXPECT_TRUE(RunInWorkers(3, 0, 60s, ColumnOf, kUntold).empty());
  for (const std::size_t lanes : {0, 9}) {
    const std::vector<CellRun> columns = RunInWorkers(lanes, 2, 60s, ColumnOf, kUntold);
    ASSERT_EQ(columns.size(), 2u);
    EXPECT_EQ(columns[1].ended.how, Ended::kReturned);
  }
}

}  // namespace
}  // namespace pidproof
