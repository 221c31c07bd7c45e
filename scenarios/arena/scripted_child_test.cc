#include "scenarios/arena/scripted_child.h"

#include <errno.h>
#include <gtest/gtest.h>
#include <sys/syscall.h>

#include "probes/system/require.h"
#include "probes/system/sys.h"
#include "scenarios/arena/arena_testing.h"
#include "scenarios/fixtures/gate.h"

namespace pidproof::scenarios::scripted_child_test {
namespace {

siginfo_t Reap(const Arena::Stub& child) { return Require(sys::Waitid(P_PID, child.pid, WEXITED)); }

// A call, and an exit status for each kind of result.
struct Fork {
  static constexpr int kZero = 1;
  static constexpr int kPositive = 2;
  static constexpr int kFailed = 3;

  Fork(long call, std::initializer_list<long> arguments) {
    zero.Repeat(SYS_exit, {kZero});
    positive.Repeat(SYS_exit, {kPositive});
    failed.Repeat(SYS_exit, {kFailed});
    asks.Set(call, arguments, zero);
    asks.positive = &positive;
    asks.failed = &failed;
  }

  Step asks;
  Step zero;
  Step positive;
  Step failed;
};

TEST(ScriptedChild, GoesOnByWhatTheCallAnswers) {
  RunInArena([](Arena& arena) {
    Fork yields(SYS_sched_yield, {});
    Require(Reap(SpawnScripted(arena, yields.asks, {})).si_status == Fork::kZero);
    Fork asks(SYS_getpid, {});
    const Arena::Stub child = SpawnScripted(arena, asks.asks, {});
    Require(Reap(child).si_status == Fork::kPositive);
    Require(asks.asks.answer == child.pid);
    Fork closes(SYS_close, {-1});
    Require(Reap(SpawnScripted(arena, closes.asks, {})).si_status == Fork::kFailed);
    Require(closes.asks.answer == -EBADF);
  });
}

TEST(ScriptedChild, WaitsAtTheGate) {
  RunInArena([](Arena& arena) {
    const Gate gate;
    std::uint64_t opened = 0;
    Step waits;
    Step leaves;
    waits.AwaitGate(gate.fd(), opened, leaves);
    leaves.Repeat(SYS_exit, {5});
    const Arena::Stub child = SpawnScripted(arena, waits, {});
    Require(Require(sys::Waitid(P_PID, child.pid, WEXITED | WNOHANG)).si_pid == 0);
    gate.Open();
    Require(Reap(child).si_status == 5);
    Require(opened == 1);
  });
}

TEST(ScriptedChild, HasThePidfdAndThePidThatWereAskedFor) {
  RunInArena([](Arena& arena) {
    Step leaves;
    leaves.Repeat(SYS_exit, {5});
    for (const pid_t slot : {0, 1}) {
      const Arena::Stub child =
          SpawnScripted(arena, leaves, {.slot = slot, .with_pidfd = slot == 0});
      Require(static_cast<bool>(child.pidfd) == (slot == 0));
      const bool placed = arena.PidsFor(slot).count != 0;
      Require(!placed || child.pid == Arena::kFirstPid + slot);
      if (slot == 0) Require(sys::Waitid(abi::kIdPidfd, child.pidfd.get(), WEXITED));
      if (slot == 1) Reap(child);
    }
  });
}

TEST(ScriptedChild, ReportsWhenItHasLeftTheMemory) {
  RunInArena([](Arena& arena) {
    const Gate gate;
    std::uint64_t opened = 0;
    std::atomic<int> left = 0;
    Step waits;
    Step leaves;
    waits.AwaitGate(gate.fd(), opened, leaves);
    leaves.Repeat(SYS_exit, {5});
    const Arena::Stub child = SpawnScripted(arena, waits, {.left = &left});
    Require(left == 1);
    gate.Open();
    AwaitCleared(left);
    Require(Reap(child).si_status == 5);
  });
}

TEST(ScriptedClone, LeadsTheNewOneAndItsMakerApart) {
  RunInArena([](Arena& arena) {
    std::atomic<int> left = 1;
    ScriptedClone clone(arena, 1, Arena::kShareAll | CLONE_THREAD, 0, &left);
    const Gate gate;
    std::uint64_t opened = 0;
    Step born;
    Step next;
    Step leaves;
    Step failed;
    born.Repeat(SYS_exit, {4});
    next.AwaitGate(gate.fd(), opened, leaves);
    leaves.Repeat(SYS_exit, {5});
    failed.Repeat(SYS_exit, {6});
    clone.Lead(born, next, failed);
    for (int round = 0; round < 2; ++round) {
      clone.Renew();
      const Arena::Stub child = SpawnScripted(arena, clone.first(), {});
      const pid_t thread = clone.Await();
      Require(thread > 0 && thread != child.pid);
      AwaitCleared(left);  // the thread has exited, and its maker waits
      Require(Require(sys::Waitid(P_PID, child.pid, WEXITED | WNOHANG)).si_pid == 0);
      gate.Open();
      Require(Reap(child).si_status == 5);
    }
  });
}

TEST(ScriptedClone, IsUnsupportedWhereTheKernelRefusesIt) {
  RunInArena([](Arena& arena) {
    // CLONE_SIGHAND without CLONE_VM is EINVAL for both calls.
    ScriptedClone clone(arena, 1, CLONE_SIGHAND, SIGCHLD);
    Step born;
    Step next;
    Step failed;
    for (Step* step : {&born, &next, &failed}) step->Repeat(SYS_exit, {6});
    clone.Lead(born, next, failed);
    Reap(SpawnScripted(arena, clone.first(), {}));
    bool refused = false;
    try {
      clone.Await();
    } catch (const Unsupported&) {
      refused = true;
    }
    Require(refused);
  });
}

}  // namespace
}  // namespace pidproof::scenarios::scripted_child_test
