// A wait for a child through io_uring is cancelled while the child ends: the completion has its
// status, or a later wait.
#include <errno.h>
#include <signal.h>

#include <optional>

#include "probes/system/require.h"
#include "scenarios/fixtures/uring_wait.h"
#include "scenarios/handle.h"
#include "scenarios/loop/baseline.h"
#include "scenarios/loop/race.h"
#include "scenarios/torture.h"

namespace pidproof::scenarios::torture::io_uring_race {
namespace {

bool IsStatus(const Result<siginfo_t>& waited, pid_t child) {
  return waited->si_pid == child && waited->si_code == CLD_KILLED && waited->si_status == SIGKILL;
}

// by_ring: how the wait that was cancelled has ended; later: the wait after it, without io_uring.
Outcome Judge(const Result<siginfo_t>& by_ring, const Result<siginfo_t>& later, pid_t child) {
  if (!by_ring.ok() && by_ring.error() != ECANCELED) return Outcome::Of(by_ring);
  if (!later.ok() && later.error() != ECHILD) return Outcome::Of(later);
  if (by_ring.ok() && later.ok()) return "status_twice";
  if (!by_ring.ok() && !later.ok()) return "status_lost";
  if (!IsStatus(by_ring.ok() ? by_ring : later, child)) return "wrong_status";
  return by_ring.ok() ? "by_completion" : "by_later_wait";
}

// Kills the child, and returns once it has ended: it is a zombie, or reaped through the ring.
sys::Status End(pid_t child) {
  const sys::Status sent = sys::Kill(child, SIGKILL);
  static_cast<void>(sys::Waitid(P_PID, child, WEXITED | WNOWAIT));
  return sent;
}

// One thread uses the ring: the kernel completes a wait in the thread that has made the request.
void CancelAgainstEnd(Arena& arena, Path path, TrialLoop& trials) {
  const bool with_pidfd = Handle::NeedsPidfdAtSpawn(path);
  MeasureBaseline(arena, trials, with_pidfd);
  UringWait ring;
  Arena::Stub child;
  Result<siginfo_t> by_ring = Result<siginfo_t>::Errno(0);
  Race race(trials, {{"io_uring cancel", [&]() -> CallResult { return by_ring = ring.Cancel(); }},
                     {"kill, await the end", [&]() -> CallResult { return End(child.pid); }}});
  while (trials.Next()) {
    child = arena.SpawnWithPid(StubLife::kWaits, with_pidfd);
    const pid_t pid = child.pid;
    const Handle handle = Handle::Of(child, path);
    ring.Submit(handle.wait_id(), WEXITED);
    race.Run();
    const Result<siginfo_t> later = handle.Wait();
    trials.Note("waitid", later);
    const Outcome outcome = Judge(by_ring, later, pid);
    // A child that is not reaped would keep its PID.
    if (!later.ok()) static_cast<void>(sys::Waitid(P_PID, pid, WEXITED));
    trials.Record(outcome, race.window());
  }
}

const Registered<Torture> kCancel{{
    .name = "io_uring_race/cancel",
    .question =
        "Is a child's status ever lost whose wait through io_uring is cancelled as it ends?",
    .claims = {May("by_completion", "the child ended first: the wait was over", "wait(2)"),
               May("by_later_wait", "the wait was cancelled first, and has reaped nothing",
                   "io_uring/waitid.c __io_waitid_cancel"),
               Never("status_lost", "a wait that fails with ECANCELED has reaped nothing",
                     "io_uring/waitid.c io_waitid_cb"),
               Never("status_twice", "a status is handed out once", "wait(2)"),
               Never("wrong_status", "not the status of a killed child", "wait(2)")},
    .pidfd = {.needs = {"clone3/pidfd", "waitid/p_pidfd", "io_uring/waitid"}},
    .legacy = {.needs = {"io_uring/waitid"}},
    .no_control = "waiting by PID gives the same guarantee until the PID is reused",
    .loop = CancelAgainstEnd,
    .faults = {"status-twice", "status-lost", "status-wrong"},
}};

}  // namespace
}  // namespace pidproof::scenarios::torture::io_uring_race
