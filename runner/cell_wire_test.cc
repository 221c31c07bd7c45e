#include <gtest/gtest.h>
#include <unistd.h>

#include <string>
#include <vector>

#include "runner/workers.h"

namespace pidproof::runner::cell_wire_test {
namespace {

using namespace std::chrono_literals;

// Each of its fields other than all others, and than the default.
CellRun Filled(std::uint64_t from) {
  const auto text = [&] { return std::to_string(++from); };
  const auto count = [&] { return ++from; };
  CellRun run;
  auto& [lacks, missing, ended, tally, workers, processors] = run;
  lacks = text();
  missing = text();
  ended = {Ended::kExited, static_cast<int>(count()), text()};
  tally.trials = count();
  tally.opportunities = count();
  tally.near_misses = count();
  tally.first = {{text(), 0.5}};
  tally.outcomes = {{text(), count()}};
  tally.seconds = static_cast<double>(count());
  tally.baseline_per_second = static_cast<double>(count());
  tally.host_pids_used = count();
  tally.exhausted = true;
  tally.opened_by = text();
  tally.actors = {text()};
  tally.began_first = {count()};
  tally.won = {count()};
  tally.recorded = {{text(), count(), {}, {{5, 6, "kill", 7, count(), 1}}}};
  workers = count();
  processors = count();
  return run;
}

void ExpectSame(const scenarios::Tally& one, const scenarios::Tally& other) {
  EXPECT_EQ(one.trials, other.trials);
  EXPECT_EQ(one.opportunities, other.opportunities);
  EXPECT_EQ(one.near_misses, other.near_misses);
  EXPECT_EQ(one.first, other.first);
  EXPECT_EQ(one.outcomes, other.outcomes);
  EXPECT_EQ(one.seconds, other.seconds);
  EXPECT_EQ(one.baseline_per_second, other.baseline_per_second);
  EXPECT_EQ(one.host_pids_used, other.host_pids_used);
  EXPECT_EQ(one.exhausted, other.exhausted);
  EXPECT_EQ(one.opened_by, other.opened_by);
  EXPECT_EQ(one.actors, other.actors);
  EXPECT_EQ(one.began_first, other.began_first);
  EXPECT_EQ(one.won, other.won);
  EXPECT_EQ(Encoded(one.recorded), Encoded(other.recorded));
}

void ExpectSame(const CellRun& one, const CellRun& other) {
  const auto& [lacks, missing, ended, tally, workers, processors] = one;
  EXPECT_EQ(lacks, other.lacks);
  EXPECT_EQ(missing, other.missing);
  EXPECT_EQ(ended.how, other.ended.how);
  EXPECT_EQ(ended.number, other.ended.number);
  EXPECT_EQ(ended.text, other.ended.text);
  ExpectSame(tally, other.tally);
  EXPECT_EQ(workers, other.workers);
  EXPECT_EQ(processors, other.processors);
}

TEST(CellWire, GivesBackEverythingInTheOrderOfTheJobs) {
  constexpr std::size_t kJobs = 5;
  std::size_t observed = 0;
  const std::vector<CellRun> runs = RunInWorkers(
      {2, kJobs, 60s},
      [](std::size_t job, std::size_t, const CellReport&) { return Filled(100 * job); },
      [&](const std::vector<CellRun>&) { ++observed; });
  ASSERT_EQ(runs.size(), kJobs);
  for (std::size_t job = 0; job < kJobs; ++job) ExpectSame(runs[job], Filled(100 * job));
  EXPECT_EQ(observed, kJobs);
}

TEST(CellWire, ReportsAsBrokenWhatAWorkerThatDiedDidNotDo) {
  const std::vector<CellRun> runs =
      RunInWorkers({1, 3, 60s}, [](std::size_t job, std::size_t, const CellReport&) {
        if (job == 1) _exit(0);
        return Filled(job);
      });
  ExpectSame(runs[0], Filled(0));
  EXPECT_EQ(runs[1].ended.how, Ended::kBroken);
  EXPECT_EQ(runs[2].ended.text, "its worker ended before it");
}

}  // namespace
}  // namespace pidproof::runner::cell_wire_test
