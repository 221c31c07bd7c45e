// The worker is reaped, and its PID goes to a thread of a stranger.
#include <optional>

#include "scenarios/fixtures/thread_with_pid.h"
#include "scenarios/torture.h"
#include "scenarios/torture/chain.h"

namespace pidproof::scenarios::torture::pid_reuse_thread {
namespace {

void SignalOnceThreadHasPid(Arena& arena, Path path, TrialLoop& trials) {
  const OnOneProcessor here;
  const bool with_pidfd = Handle::NeedsPidfdAtSpawn(path);
  MeasureBaseline(arena, trials, with_pidfd);
  ThreadWithPid stranger(arena);
  while (trials.Next()) {
    Arena::Stub worker = arena.SpawnWithPid(StubLife::kWaits, with_pidfd);
    const Handle stale = Handle::Of(worker, path);
    arena.End(worker);
    const Arena::Stub process = stranger.Spawn();
    trials.Record(SignalStale(arena, stale, process, trials));
  }
}

const Registered<Torture> kThread{{
    .name = "pid_reuse/thread",
    .question = "Which process is signalled when a worker is reaped and a thread reuses its PID?",
    .pidfd = {.needs = {"clone3/pidfd", "pidfd_send_signal"},
              .claims = {Must("esrch", "the worker is gone", "pidfd_send_signal(2)"),
                         Never("hit_stranger", "a pidfd refers to a process, not to a PID",
                               "pidfd_open(2)")}},
    .legacy = {.claims = {Hazard("hit_stranger",
                                 "kill(2) takes any thread's TID for its whole process",
                                 "kill(2), kernel/signal.c kill_proc_info")}},
    .loop = SignalOnceThreadHasPid,
    .pids = 2,
    .single_cpu = true,
    .faults = {"signal-stranger"},
}};

}  // namespace
}  // namespace pidproof::scenarios::torture::pid_reuse_thread
