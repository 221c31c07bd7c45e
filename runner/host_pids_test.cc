#include "runner/host_pids.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace pidproof::runner::host_pids_test {
namespace {

TEST(HostPids, AllowHalfOfPidMaxLessWhatTheProbesTake) {
  EXPECT_EQ(HostPids(32768, false).ForNextLoop(), 16384u - 512u);
  EXPECT_EQ(HostPids(0, false).ForNextLoop(), 16384u - 512u) << "the usual pid_max";
  EXPECT_EQ(HostPids(400, false).ForNextLoop(), 100u) << "of a small one, half is for the probes";
  EXPECT_GT(HostPids(400, true).ForNextLoop(), 1'000'000'000u);
}

TEST(HostPids, AreSharedEvenlyAmongTheLoopsThatAreLeft) {
  HostPids pids(3000, false);
  pids.ExpectLoops(4);
  EXPECT_EQ(pids.ForNextLoop(), 247u);
  pids.Take(88);
  pids.LoopDone();
  EXPECT_EQ(pids.ForNextLoop(), 300u);
  EXPECT_EQ(pids.used(), 88u);
  EXPECT_EQ(pids.ConformanceCells(), 225u);
}

TEST(HostPids, GoToTheFewLoopsThatUseAnyWherePidsArePlaced) {
  HostPids pids(3000, false);
  EXPECT_EQ(pids.MayFree(28), 28u);
  EXPECT_EQ(pids.MayFree(5000), 741u) << "three quarters at the most";
  pids.TakeFreed(28);
  pids.ExpectLoops(100);
  EXPECT_EQ(pids.used(), 28u);
  EXPECT_EQ(pids.ForNextLoop(), 60u) << "a sixteenth";
}

TEST(HostPids, NeverFallBelowNone) {
  HostPids pids(400, false);
  pids.Take(1000);
  EXPECT_EQ(pids.ForNextLoop(), 0u);
  EXPECT_EQ(pids.ConformanceCells(), 0u);
  EXPECT_EQ(pids.used(), 1000u);
}

TEST(HostPidsOf, CountTheWardenAndTheTrialOfWhatWasTried) {
  CellRun run;
  run.tally.host_pids_used = 5;
  EXPECT_EQ(HostPidsOf(run), 7u);
  run.lacks = "needs something";
  EXPECT_EQ(HostPidsOf(run), 0u);
}

TEST(FreePidsOfWorker, AreEachOneWorkersOnly) {
  const std::vector<pid_t> all{11, 12, 13, 14, 15};
  std::vector<pid_t> placed;
  for (const std::size_t worker : {0, 1, 2}) {
    const std::vector<pid_t> share = FreePidsOfWorker(all, worker, 3);
    EXPECT_LE(share.size(), 2u);
    placed.insert(placed.end(), share.begin(), share.end());
  }
  std::ranges::sort(placed);
  EXPECT_EQ(placed, all);
}

}  // namespace
}  // namespace pidproof::runner::host_pids_test
