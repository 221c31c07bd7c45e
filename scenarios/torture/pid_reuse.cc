// A number outlives its process: the worker is reaped, its number reissued, and then used. The
// numbers are dealt, so the window is open in every trial. In a chained pair the stranger of one
// trial is the worker of the next, so that a trial costs one process.
#include <signal.h>

#include <chrono>
#include <utility>

#include "scenarios/floor.h"
#include "scenarios/handle.h"
#include "scenarios/scenario.h"

namespace pidproof {
namespace {

// Ends the worker, lets a stranger have its number, and hands both to act, which uses the stale
// handle and must end the stranger.
template <typename Act>
void Chain(Arena& arena, Path path, Scribe& scribe, Act act) {
  const OnOneProcessor here;
  MeasureFloor(arena, scribe);
  Arena::Stub worker = arena.SpawnDealt(StubLife::kWaits, Handle::BornWithPidfd(path));
  arena.End(worker);
  while (scribe.More()) {
    // The number is free from the reaping above until the next line.
    Arena::Stub stranger = arena.SpawnDealt(StubLife::kWaits, Handle::BornWithPidfd(path));
    const Handle stale = Handle::From(worker.pid, std::move(worker.pidfd), path);
    scribe.Add(act(stale, stranger));
    worker = std::move(stranger);
  }
}

Outcome SignalStale(Arena& arena, const Handle& stale, const Arena::Stub& stranger) {
  const sys::Status sent = stale.Signal(SIGUSR1);
  // Its status tells whether the stranger was hit: the first fatal signal decides how a process
  // ends, and where a tracer lets signals come one by one, the lower number comes first.
  const siginfo_t ended = arena.End(stranger, SIGUSR2);
  return ended.si_status == SIGUSR1 ? Outcome("hit_stranger") : Outcome::Of(sent);
}

const Registered<Scenario> kSignal{{
    .name = "pid_reuse/signal",
    .asks = "A worker is reaped and its number reissued before we signal it: who is hit?",
    .kind = Scenario::kTorture,
    .pidfd_needs = {"clone3/pidfd", "pidfd_send_signal"},
    .claims = {{kPidfd, "esrch", kMust, "the worker is gone, and its handle says so",
                "pidfd_send_signal(2)"},
               {kPidfd, "hit_stranger", kNever, "a pidfd names a process, not a number",
                "pidfd_open(2)"},
               {kLegacyPid, "hit_stranger", kHazard, "kill(2) looks the number up afresh",
                "kill(2)"}},
    .torture =
        [](Arena& arena, Path path, Scribe& scribe) {
          Chain(arena, path, scribe, [&](const Handle& stale, const Arena::Stub& stranger) {
            return SignalStale(arena, stale, stranger);
          });
        },
}};

Outcome WaitStale(Arena& arena, const Handle& stale, const Arena::Stub& stranger) {
  sys::Kill(stranger.pid, SIGKILL);
  const Result<siginfo_t> waited = stale.Wait();
  if (waited.ok()) return "reaped_stranger";
  arena.End(stranger);
  return Outcome::Of(waited);
}

const Registered<Scenario> kWait{{
    .name = "pid_reuse/wait",
    .asks = "A worker is reaped and its number reissued before we wait for it once more: whose "
            "status do we get?",
    .kind = Scenario::kTorture,
    .pidfd_needs = {"clone3/pidfd", "waitid/p_pidfd"},
    .claims = {{kPidfd, "echild", kMust, "the worker has been waited for", "wait(2)"},
               {kPidfd, "reaped_stranger", kNever, "a pidfd names a process, not a number",
                "pidfd_open(2)"},
               {kLegacyPid, "reaped_stranger", kHazard, "waitid(P_PID) looks the number up afresh",
                "wait(2)"}},
    .torture =
        [](Arena& arena, Path path, Scribe& scribe) {
          Chain(arena, path, scribe, [&](const Handle& stale, const Arena::Stub& stranger) {
            return WaitStale(arena, stale, stranger);
          });
        },
}};

Outcome SignalLate(Arena& arena, Path path, const Arena::Stub& stranger) {
  const Result<Handle> late = Handle::ToNumber(Arena::kDealtNumber, path);
  const sys::Status sent = late.ok() ? late->Signal(SIGUSR1) : sys::Status::Errno(late.error());
  const siginfo_t ended = arena.End(stranger, SIGUSR2);
  return ended.si_status == SIGUSR1 ? Outcome("hit_stranger") : Outcome::Of(sent);
}

const Registered<Scenario> kOpen{{
    .name = "pid_reuse/open",
    .asks = "A pidfd is opened from a number that has been reissued meanwhile: who is hit?",
    .kind = Scenario::kTorture,
    .pidfd_needs = {"clone3/pidfd", "pidfd_open", "pidfd_send_signal"},
    .claims = {{kPidfd, "hit_stranger", kHazard, "pidfd_open trusts the number once",
                "pidfd_open(2) NOTES"},
               {kLegacyPid, "hit_stranger", kHazard, "kill(2) looks the number up afresh",
                "kill(2)"}},
    .torture =
        [](Arena& arena, Path path, Scribe& scribe) {
          Chain(arena, path, scribe, [&](const Handle&, const Arena::Stub& stranger) {
            return SignalLate(arena, path, stranger);
          });
        },
}};

}  // namespace
}  // namespace pidproof
