#include <gtest/gtest.h>

#include <string>

#include "probes/system/errno_name.h"
#include "runner/cell_run.h"
#include "runner/document.h"
#include "scenarios/scenario.h"

namespace pidproof::runner::document_cell_test {
namespace {

using Counts = std::map<std::string, std::uint64_t>;

reports::Cell CellOf(std::string_view scenario, scenarios::Path path, const Counts& outcomes) {
  CellRun run;
  run.tally.trials = 1;
  run.tally.outcomes = outcomes;
  return ToRow("native", *scenarios::FindScenario(scenario), path, run, {});
}

TEST(CellRow, HasTheLabelsOfWhatItsScenarioAsksBy) {
  for (const scenarios::Path path : {scenarios::kPidfd, scenarios::kLegacyPid}) {
    const reports::Cell signal = CellOf("life_cycle/dead_signal", path, {{"esrch", 1}});
    EXPECT_EQ(signal.signal_results, (Counts{{"esrch", 1}}));
    EXPECT_EQ(signal.wait_results, Counts{});
    const reports::Cell wait = CellOf("life_cycle/dead_status", path, {{"echild", 1}});
    EXPECT_EQ(wait.signal_results, Counts{});
    EXPECT_EQ(wait.wait_results, (Counts{{"echild", 1}}));
    const reports::Cell neither = CellOf("getfd/own", path, {{"ok", 1}});
    EXPECT_EQ(neither.signal_results, Counts{});
    EXPECT_EQ(neither.wait_results, Counts{});
  }
  const reports::Cell fallback = CellOf("fallback/stop", scenarios::kPidfd, {{"fallback", 1}});
  EXPECT_EQ(fallback.signal_results, (Counts{{"fallback", 1}}));
  EXPECT_EQ(fallback.wait_results, (Counts{{"exited", 1}}));
  const reports::Cell opened = CellOf("fallback/spawn", scenarios::kPidfd, {{"opened_later", 1}});
  EXPECT_EQ(opened.signal_results, (Counts{{"ok", 1}}));
  EXPECT_EQ(CellOf("io_uring_wait/zombie", scenarios::kPidfd, {{"exited", 1}}).wait_results,
            (Counts{{"exited", 1}}));
}

// wait_result has a word for every errno: none that a scenario claims is left out.
TEST(CellRow, CountsEveryErrnoOfAWait) {
  for (const scenarios::Scenario* scenario : scenarios::AllScenarios()) {
    for (const scenarios::Claim& claim : scenario->pidfd.claims) {
      if (ErrnoOf(claim.outcome) == 0) continue;
      const reports::Cell cell =
          CellOf(scenario->name, scenarios::kPidfd, {{std::string(claim.outcome), 1}});
      const bool waits =
          !CellOf(scenario->name, scenarios::kPidfd, {{"exited", 1}}).wait_results.empty();
      EXPECT_EQ(cell.wait_results.empty(), !waits) << scenario->name << " " << claim.outcome;
    }
  }
}

}  // namespace
}  // namespace pidproof::runner::document_cell_test
