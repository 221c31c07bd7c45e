#include "scenarios/supervise/supervise.h"

#include <gtest/gtest.h>
#include <sys/wait.h>

#include "probes/registry.h"
#include "probes/system/require.h"
#include "probes/system/sys.h"
#include "scenarios/arena/arena_testing.h"
#include "scenarios/handle.h"

namespace pidproof::scenarios::supervise::supervise_test {
namespace {

constexpr const char* kStrategies[] = {"epoll_pidfd", "sigchld_waitpid_any",
                                       "sigchld_waitpid_each"};
const watch::Strategy* strategy = nullptr;

class EachSupervisor : public testing::TestWithParam<const char*> {};

TEST_P(EachSupervisor, RestartsEachWorkerOnce) {
  strategy = Registered<watch::Strategy>::Find(GetParam());
  ASSERT_NE(strategy, nullptr);
  RunInArena([](Arena& arena) {
    std::mt19937 random(1);
    const Record record =
        Supervise({.strategy = strategy, .workers = 10, .restarts = 200}, arena, random);
    Require(record.elapsed_ns > 0 && record.cpu_ns > 0);
    Require(record.lost == 0 && record.doubled == 0);
    if (Handle::NeedsPidfdAtSpawn(strategy->path)) Require(record.misdirected == 0);
    // None is left.
    Require(sys::Waitid(P_ALL, 0, WEXITED | WNOHANG).error() == ECHILD);
  });
}

INSTANTIATE_TEST_SUITE_P(Supervise, EachSupervisor, testing::ValuesIn(kStrategies),
                         [](const auto& given) { return std::string(given.param); });

// Until one is hit: how soon it comes is up to the scheduler.
TEST(Supervise, CountsStrangersThatAreHitByPid) {
  strategy = Registered<watch::Strategy>::Find("sigchld_waitpid_any");
  RunInArena(
      [](Arena& arena) {
        std::mt19937 random(1);
        Record record;
        while (record.misdirected == 0) {
          record = Supervise({.strategy = strategy, .workers = 2, .restarts = 200}, arena, random);
          if (!record.same_pids) throw Unsupported("PIDs cannot be chosen");
          Require(record.stops >= record.misdirected);
        }
      },
      {{}, 1'000'000});
}

}  // namespace
}  // namespace pidproof::scenarios::supervise::supervise_test
