#include "scenarios/arena/arena.h"

#include <gtest/gtest.h>
#include <signal.h>
#include <unistd.h>

#include <cstring>
#include <string>
#include <vector>

#include "probes/system/child.h"
#include "probes/system/require.h"
#include "probes/system/sys.h"
#include "scenarios/arena/arena_testing.h"

namespace pidproof::scenarios::arena_test {
namespace {

TEST(Arena, PlacesTheSamePidRepeatedly) {
  RunInArena([](Arena& arena) {
    for (int i = 0; i < 100; ++i) {
      const Arena::Stub stub = arena.SpawnWithPid(StubLife::kWaits, i % 2 == 0);
      Require(stub.pid == Arena::kFirstPid);
      Require(static_cast<bool>(stub.pidfd) == (i % 2 == 0));
      Require(arena.End(stub).si_status == SIGKILL);
    }
    Require(arena.host_pids_used() == 100 && !arena.Exhausted());
  });
}

TEST(Arena, EndsStubsThatExitByThemselves) {
  RunInArena(
      [](Arena& arena) {
        const Arena::Stub stub = arena.SpawnWithPid(StubLife::kExits, false);
        const siginfo_t ended = Require(sys::Waitid(P_PID, stub.pid, WEXITED));
        Require(ended.si_code == CLD_EXITED && ended.si_status == 0);
      },
      {{}, 10});
}

TEST(Arena, ReportsWhenItHasUsedUpItsHostPids) {
  RunInArena(
      [](Arena& arena) {
        arena.End(arena.SpawnWithPid(StubLife::kWaits, false));
        Require(!arena.Exhausted());
        arena.End(arena.SpawnWithPid(StubLife::kWaits, false));
        Require(arena.Exhausted());
      },
      {{}, 2});
}

TEST(Arena, PlacesNoPidsAmongStrangers) {
  Arena arena(Isolation::kChild, {{}, 10});
  EXPECT_THROW(arena.SpawnWithPid(StubLife::kWaits, false), Unsupported);
}

// As root, a hundred processes take the same host PID.
TEST(Arena, ReusesHostPids) {
  if (geteuid() != 0) GTEST_SKIP() << "placing host PIDs takes privilege";
  pid_t free_pid = 0;
  {
    const Child child = Require(Child::Make(body::Lingers));
    free_pid = child.pid();
  }
  std::uint64_t used = 99;
  EXPECT_EQ(RunInFirstPidNamespace(
                [&](const FrameWriter& up, Isolation isolation) {
                  Arena arena(isolation, {{free_pid}, 1000});
                  for (int i = 0; i < 100; ++i)
                    arena.End(arena.SpawnWithPid(StubLife::kWaits, false));
                  const std::uint64_t used_up = arena.host_pids_used();
                  up.Send('u', {reinterpret_cast<const char*>(&used_up), sizeof used_up});
                },
                [&](const Frame& frame) { std::memcpy(&used, frame.bytes.data(), sizeof used); }),
            "");
  EXPECT_EQ(used, 0u);
}

// Each method places the same PID repeatedly. Not tested: kPidMax, which only a census may allow,
// since before 6.14 pid_max is the whole machine's.
TEST(Arena, PlacesByEveryMethod) {
  for (const PidMethod method : {PidMethod::kSetTid, PidMethod::kLastPid}) {
    std::string used;
    EXPECT_EQ(RunInFirstPidNamespace(
                  [&](const FrameWriter& up, Isolation isolation) {
                    Arena arena(isolation, {{}, 100'000}, {.first = method});
                    for (int i = 0; i < 5; ++i) {
                      const Arena::Stub stub = arena.SpawnWithPid(StubLife::kWaits, i % 2 == 0);
                      Require(stub.pid == Arena::kFirstPid);
                      arena.End(stub);
                    }
                    up.Send('d', arena.pid_method());
                  },
                  [&](const Frame& frame) { used = frame.bytes; }),
              "")
        << Word(method);
    EXPECT_FALSE(used.empty());
    // A later method is the fallback where this one is refused; set_tid is refused nowhere that
    // tests run.
    EXPECT_TRUE(used == Word(method) || method != PidMethod::kSetTid) << used;
  }
}

TEST(Arena, PlacesSeveralPidsAtOnce) {
  RunInArena([](Arena& arena) {
    const Arena::Stub first = arena.SpawnWithPid(StubLife::kWaits, false, 0);
    const Arena::Stub second = arena.SpawnWithPid(StubLife::kWaits, false, 1);
    Require(second.pid == first.pid + 1);
    arena.End(second);
    arena.End(first);
  });
}

}  // namespace
}  // namespace pidproof::scenarios::arena_test
