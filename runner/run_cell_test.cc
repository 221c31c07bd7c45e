#include "runner/run_cell.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <map>
#include <string>

#include "probes/system/host.h"
#include "reports/document/document.h"
#include "scenarios/torture.h"

namespace pidproof::runner::run_cell_test {
namespace {

using namespace std::chrono_literals;

const scenarios::Scenario& Named(std::string_view name) { return *scenarios::FindScenario(name); }

class RunCellHere : public testing::Test {
 protected:
  void SetUp() override {
    census_ = TakeCensus(native_, 4);
    ASSERT_EQ(census_.failure, "");
    sandbox_ = FindSandbox(4, 0);
  }

  // Where a trial needs a PID namespace, and there is none.
  bool IsBare() const { return sandbox_.isolation == Isolation::kChild; }

  CellRun Run(const scenarios::Scenario& scenario, scenarios::Path path,
              const Limits& limits) const {
    return RunCell(native_, census_, sandbox_, scenario, path, limits);
  }

  static constexpr std::uint64_t kHostPids = 1000;
  const Limits limits_{
      .torture = {.time = 60s, .trials = 5}, .deadline = 60s, .host_pids = kHostPids};
  World native_ = World::Parse("native");
  Census census_;
  Sandbox sandbox_;
};

TEST_F(RunCellHere, RunsOneTrialOfAQuestion) {
  if (IsBare()) GTEST_SKIP() << sandbox_.refusal;
  for (const scenarios::Path path : {scenarios::kPidfd, scenarios::kLegacyPid}) {
    const CellRun cell = Run(Named("life_cycle/dead_pid"), path, limits_);
    EXPECT_EQ(cell.lacks, "");
    EXPECT_EQ(cell.ended.how, Ended::kReturned) << cell.ended.text;
    EXPECT_EQ(cell.tally.trials, 1u);
    EXPECT_EQ(cell.tally.outcomes, (std::map<std::string, std::uint64_t>{{"no_pid", 1}}));
  }
}

TEST_F(RunCellHere, RunsARaceWithinItsBudget) {
  if (IsBare()) GTEST_SKIP() << sandbox_.refusal;
  std::uint64_t seen = 0;
  const CellRun cell =
      RunCell(native_, census_, sandbox_, Named("pid_reuse/signal"), scenarios::kLegacyPid, limits_,
              [&](const CellRun& so_far) { seen = std::max(seen, so_far.tally.trials); });
  EXPECT_EQ(cell.ended.how, Ended::kReturned) << cell.ended.text;
  EXPECT_EQ(cell.tally.trials, 5u);
  EXPECT_GT(seen, 0u) << "nothing was reported as it grew";
  EXPECT_LE(cell.tally.host_pids_used, kHostPids);
}

TEST_F(RunCellHere, SharesABudgetOutAmongWorkers) {
  if (IsBare()) GTEST_SKIP() << sandbox_.refusal;
  ASSERT_TRUE(Named("pid_reuse/signal").torture->single_cpu);
  Limits limits = limits_;
  limits.workers = 2;
  const CellRun cell = Run(Named("pid_reuse/signal"), scenarios::kPidfd, limits);
  EXPECT_EQ(cell.ended.how, Ended::kReturned) << cell.ended.text;
  EXPECT_EQ(cell.workers, 2u);
  EXPECT_EQ(cell.tally.trials, 5u);
}

TEST_F(RunCellHere, TriesNothingThatLacksAFeature) {
  std::erase_if(census_.findings,
                [](const Finding& finding) { return finding.probe->name != "pidfd_open"; });
  census_.findings.front().availability = Availability::kAbsent;
  const scenarios::Scenario& scenario = Named("life_cycle/dead_pid");
  const CellRun cell = Run(scenario, scenarios::kPidfd, limits_);
  EXPECT_NE(cell.lacks, "");
  EXPECT_NE(cell.missing, "");
  EXPECT_EQ(cell.tally.trials, 0u);
}

TEST_F(RunCellHere, TriesNothingByPidThatNoPidCanAsk) {
  const auto& all = scenarios::AllScenarios();
  const auto at = std::ranges::find_if(all, [](const scenarios::Scenario* scenario) {
    return !scenario->legacy.not_possible.empty();
  });
  ASSERT_NE(at, all.end());
  const CellRun cell = Run(**at, scenarios::kLegacyPid, limits_);
  EXPECT_EQ(cell.lacks, "no PID can ask this: " + std::string((*at)->legacy.not_possible));
  EXPECT_EQ(cell.tally.trials, 0u);
}

TEST_F(RunCellHere, SignalsNoReapedPidWithoutANamespaceOfItsOwn) {
  sandbox_.isolation = Isolation::kChild;
  sandbox_.refusal = "none can be made";
  const CellRun cell = Run(Named("pid_reuse/signal"), scenarios::kLegacyPid, limits_);
  EXPECT_EQ(cell.lacks, "needs a PID namespace of its own: none can be made");
  EXPECT_EQ(cell.missing, reports::kIsolation);
  EXPECT_EQ(cell.tally.trials, 0u);
}

TEST(NeedsOf, AreThePathsOwnAndTheReferees) {
  const scenarios::Scenario& scenario = Named("life_cycle/dead_pid");
  for (const scenarios::Path path : {scenarios::kPidfd, scenarios::kLegacyPid}) {
    const auto needs = NeedsOf(scenario, path);
    for (const std::string_view tool : {"legacy/kill", "legacy/waitid"}) {
      EXPECT_EQ(std::ranges::count(needs, tool), 1) << tool;
    }
    EXPECT_EQ(std::ranges::count(needs, "pidfd_open"), path == scenarios::kPidfd ? 1 : 0);
  }
}

TEST(IsControl, IsAHarmThatMustNotBeOnTheOtherPath) {
  const scenarios::Scenario& scenario = Named("pid_reuse/signal");
  const scenarios::Claim* hazard = scenario.FindClaim(scenarios::kLegacyPid, "hit_stranger");
  ASSERT_NE(hazard, nullptr);
  EXPECT_TRUE(IsControl(scenario, scenarios::kLegacyPid, *hazard));
  scenarios::Claim other = *hazard;
  other.outcome = "no such outcome";
  EXPECT_FALSE(IsControl(scenario, scenarios::kLegacyPid, other));
  EXPECT_FALSE(IsControl(scenario, scenarios::kPidfd, *hazard))
      << "a path is not a control of its own";
}

}  // namespace
}  // namespace pidproof::runner::run_cell_test
