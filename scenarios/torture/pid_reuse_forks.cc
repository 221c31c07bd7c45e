// The same as pid_reuse/signal with ordinary forks that share nothing, and with a new worker and
// stranger in every trial: shows that the hits are not caused by what the cheap children of the
// other loops share. In every other trial the stale handle is not used, and the stranger must die
// of our own signal.
#include <signal.h>

#include <utility>

#include "scenarios/torture.h"
#include "scenarios/torture/chain.h"

namespace pidproof::scenarios::torture::pid_reuse_forks {
namespace {

constexpr std::uint64_t kShareNothing = 0;

void SignalForks(Arena& arena, Path path, TrialLoop& trials) {
  const OnOneProcessor here;
  const bool with_pidfd = Handle::NeedsPidfdAtSpawn(path);
  const auto fork = [&] {
    return arena.SpawnWithPid(StubLife::kWaits, with_pidfd, 0, kShareNothing);
  };
  MeasureBaseline(arena, trials, with_pidfd, kShareNothing);
  while (trials.Next()) {
    Arena::Stub worker = fork();
    arena.End(worker);
    // Free since the worker was reaped; taken by the stranger here.
    const Arena::Stub stranger = fork();
    const Handle stale = Handle::Of(worker, path);
    if (trials.trial() % 2 == 0) {
      trials.Record(WasHit(arena, stranger) ? "hit_without_sender" : "left_alone", Window::kClosed);
      continue;
    }
    trials.Record(SignalStale(arena, stale, stranger, trials));
  }
}

const Registered<Torture> kSignalForks{{
    .name = "pid_reuse/signal_forks",
    .question = "Which process is signalled when a forked worker is reaped and another fork reuses "
                "its PID?",
    .pidfd = {.needs = {"clone3/pidfd", "pidfd_send_signal"},
              .claims = {Must("esrch", "the worker is gone", "pidfd_send_signal(2)"),
                         Never("hit_stranger", "a pidfd refers to a process, not to a PID",
                               "pidfd_open(2)"),
                         Must("left_alone", "no stale handle was used", "signal(7)")}},
    .legacy = {.claims = {Must("left_alone", "no stale handle was used", "signal(7)"),
                          Hazard("hit_stranger", "kill(2) looks up the PID on each use",
                                 "kill(2)")}},
    .loop = SignalForks,
    .single_cpu = true,
    .faults = {"signal-stranger"},
}};

}  // namespace
}  // namespace pidproof::scenarios::torture::pid_reuse_forks
