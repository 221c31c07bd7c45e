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

namespace pidproof::runner::workers_test {
namespace {

using namespace std::chrono_literals;

CellRun CellOf(std::size_t job, std::size_t worker, const CellReport&) {
  CellRun cell;
  cell.ended.how = Ended::kReturned;
  cell.tally.trials = job;
  cell.tally.outcomes["by worker " + std::to_string(worker)] = 1;
  return cell;
}

TEST(Workers, RunEachJobOnceInItsWorker) {
  const std::vector<CellRun> cells = RunInWorkers({2, 5, 60s}, CellOf);
  ASSERT_EQ(cells.size(), 5u);
  for (std::size_t job = 0; job < cells.size(); ++job) {
    EXPECT_EQ(cells[job].tally.trials, job);
    EXPECT_EQ(cells[job].ended.how, Ended::kReturned);
    EXPECT_TRUE(cells[job].tally.outcomes.contains("by worker " + std::to_string(job % 2))) << job;
  }
}

TEST(Workers, ReturnWhatTheCellHolds) {
  const auto run = [](std::size_t, std::size_t, const CellReport&) {
    CellRun cell;
    cell.lacks = "needs something";
    cell.missing = "pidfd_open";
    cell.ended = {Ended::kSignalled, SIGSEGV, "a text \xff of any bytes"};
    cell.tally.trials = 3;
    cell.tally.opportunities = 2;
    cell.tally.outcomes = {{"esrch", 1}, {"ok", 2}};
    cell.tally.host_pids_used = 5;
    return cell;
  };
  const CellRun cell = RunInWorkers({1, 1, 60s}, run).at(0);
  EXPECT_EQ(cell.lacks, "needs something");
  EXPECT_EQ(cell.missing, "pidfd_open");
  EXPECT_EQ(cell.ended.how, Ended::kSignalled);
  EXPECT_EQ(cell.ended.number, SIGSEGV);
  EXPECT_EQ(cell.ended.text.substr(0, 7), "a text ");
  EXPECT_EQ(cell.tally.trials, 3u);
  EXPECT_EQ(cell.tally.opportunities, 2u);
  EXPECT_EQ(cell.tally.outcomes, (std::map<std::string, std::uint64_t>{{"esrch", 1}, {"ok", 2}}));
  EXPECT_EQ(cell.tally.host_pids_used, 5u);
}

TEST(Workers, AreProcessesOfTheirOwn) {
  const auto run = [](std::size_t, std::size_t, const CellReport&) {
    CellRun cell;
    cell.tally.trials = static_cast<std::uint64_t>(getpid());
    return cell;
  };
  const std::vector<CellRun> cells = RunInWorkers({2, 4, 60s}, run);
  EXPECT_EQ(cells[0].tally.trials, cells[2].tally.trials);
  EXPECT_NE(cells[0].tally.trials, cells[1].tally.trials);
  EXPECT_NE(cells[0].tally.trials, static_cast<std::uint64_t>(getpid()));
}

// Whatever ends a worker ends its jobs only.
TEST(Workers, CallWhatADeadWorkerHasNotDoneBroken) {
  const auto run = [](std::size_t job, std::size_t worker, const CellReport& report) {
    if (job == 2) _exit(3);
    if (job == 3) throw Unsupported("not here");
    return CellOf(job, worker, report);
  };
  const std::vector<CellRun> cells = RunInWorkers({2, 6, 60s}, run);
  for (const std::size_t job : {0, 1}) EXPECT_EQ(cells[job].ended.how, Ended::kReturned) << job;
  for (const std::size_t job : {2, 3, 4, 5}) {
    EXPECT_EQ(cells[job].ended.how, Ended::kBroken) << job;
    EXPECT_EQ(cells[job].ended.text, "its worker ended before it") << job;
  }
}

TEST(Workers, NameTheErrnoThatEndedAWorker) {
  const auto run = [](std::size_t, std::size_t, const CellReport&) -> CellRun {
    Require(Result<int>::Errno(ENOSPC));
    return {};
  };
  const CellRun cell = RunInWorkers({1, 1, 60s}, run).at(0);
  EXPECT_EQ(cell.ended.how, Ended::kBroken);
  EXPECT_EQ(cell.ended.number, ENOSPC);
  EXPECT_EQ(cell.ended.text, "its worker ended before it: ENOSPC");
}

TEST(Workers, ReportEachCellAsItIsDone) {
  std::vector<std::size_t> done;
  RunInWorkers({2, 4, 60s}, CellOf, [&](const std::vector<CellRun>& so_far) {
    ASSERT_EQ(so_far.size(), 4u);
    done.push_back(static_cast<std::size_t>(std::ranges::count_if(
        so_far, [](const CellRun& cell) { return cell.ended.how != Ended::kStopped; })));
  });
  EXPECT_EQ(done, (std::vector<std::size_t>{1, 2, 3, 4}));
}

// A job that was under way ends as its worker did, with what it had reported.
TEST(Workers, EndAJobThatHasReportedAsTheyEnd) {
  const auto run = [](std::size_t job, std::size_t worker, const CellReport& report) {
    if (job == 1) {
      report(CellOf(7, worker, report));
      report(CellOf(9, worker, report));
      _exit(3);
    }
    return CellOf(job, worker, report);
  };
  std::vector<std::uint64_t> reported;
  const std::vector<CellRun> cells = RunInWorkers(
      {1, 3, 60s}, run,
      [&](const std::vector<CellRun>& so_far) { reported.push_back(so_far[1].tally.trials); });
  EXPECT_EQ(reported, (std::vector<std::uint64_t>{0, 7, 9}));
  EXPECT_EQ(cells[0].ended.how, Ended::kReturned);
  EXPECT_EQ(cells[1].ended.how, Ended::kExited);
  EXPECT_EQ(cells[1].ended.number, 3);
  EXPECT_EQ(cells[1].tally.trials, 9u);
  EXPECT_EQ(cells[2].ended.how, Ended::kBroken);
  EXPECT_EQ(cells[2].ended.text, "its worker ended before it");
}

TEST(Workers, AreNoMoreThanTheJobsAndAtLeastOne) {
  EXPECT_TRUE(RunInWorkers({3, 0, 60s}, CellOf).empty());
  for (const std::size_t workers : {0, 9}) {
    const std::vector<CellRun> cells = RunInWorkers({workers, 2, 60s}, CellOf);
    ASSERT_EQ(cells.size(), 2u);
    EXPECT_EQ(cells[1].ended.how, Ended::kReturned);
  }
}

}  // namespace
}  // namespace pidproof::runner::workers_test
