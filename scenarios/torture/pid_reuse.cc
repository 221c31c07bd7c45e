// The worker is reaped, its PID reused, and only then used by us, by each verb that may do harm.
// Harmless questions are in pid_reuse_look.cc, common safeguards in pid_reuse_guarded.cc.
#include <signal.h>

#include "probes/system/require.h"
#include "scenarios/torture.h"
#include "scenarios/torture/chain.h"

namespace pidproof::scenarios::torture::pid_reuse {
namespace {

const Registered<Torture> kSignal{{
    .name = "pid_reuse/signal",
    .question = "Which process is signalled when a worker is reaped and its PID reused first?",
    .pidfd = {.needs = {"clone3/pidfd", "pidfd_send_signal"},
              .claims = {Must("esrch", "the worker is gone", "pidfd_send_signal(2)"),
                         Never("hit_stranger", "a pidfd refers to a process, not to a PID",
                               "pidfd_open(2)")}},
    .legacy = {.claims = {Hazard("hit_stranger", "kill(2) looks up the PID on each use",
                                 "kill(2)")}},
    .loop =
        [](Arena& arena, Path path, TrialLoop& trials) {
          Chain(arena, path, trials, ByHandle{path},
                [&](const Handle& stale, const Arena::Stub& stranger) {
                  trials.Record(SignalStale(arena, stale, stranger, trials));
                });
        },
    .single_cpu = true,
    .faults = {"signal-stranger"},
}};

Outcome WaitStale(const Handle& stale, const Arena::Stub& stranger, TrialLoop& trials) {
  Require(sys::Kill(stranger.pid, SIGKILL));
  const Result<siginfo_t> waited = stale.Wait();
  trials.Note("waitid", waited);
  // The stranger is still there to be reaped by its PID unless the verb has reaped it.
  const Result<siginfo_t> left = sys::Waitid(P_PID, stranger.pid, WEXITED);
  if (!left.ok()) return "reaped_stranger";
  return waited.ok() ? "status_twice" : Outcome::Of(waited);
}

const Registered<Torture> kWait{{
    .name = "pid_reuse/wait",
    .question =
        "Whose status does a second wait return when a worker is reaped and its PID reused?",
    .pidfd = {.needs = {"clone3/pidfd", "waitid/p_pidfd"},
              .claims = {Must("echild", "the worker has been waited for already", "wait(2)"),
                         Never("reaped_stranger", "a pidfd refers to a process, not to a PID",
                               "pidfd_open(2)"),
                         Never("status_twice", "a status is handed out once", "wait(2)")}},
    .legacy = {.claims = {Hazard("reaped_stranger", "waitid(P_PID) looks up the PID on each use",
                                 "wait(2)")}},
    .no_control = "a PID never returns the same status twice; reaping a stranger is its own hazard",
    .loop =
        [](Arena& arena, Path path, TrialLoop& trials) {
          Chain(arena, path, trials, ByHandle{path},
                [&](const Handle& stale, const Arena::Stub& stranger) {
                  trials.Record(WaitStale(stale, stranger, trials));
                });
        },
    .single_cpu = true,
    .faults = {"wait-stranger", "status-twice"},
}};

Outcome SignalLate(Arena& arena, Path path, const Arena::Stub& stranger, TrialLoop& trials) {
  const Result<Handle> late = Handle::ToPid(stranger.pid, path);
  const sys::Status sent = late.ok() ? late->Signal(SIGUSR1) : sys::Status::Errno(late.error());
  trials.Note("open, signal", sent);
  return WasHit(arena, stranger) ? "hit_stranger" : Outcome::Of(sent);
}

const Registered<Torture> kOpen{{
    .name = "pid_reuse/open",
    .question = "Which process is signalled when pidfd_open is given a PID that has been reused?",
    .pidfd = {.needs = {"clone3/pidfd", "pidfd_open", "pidfd_send_signal"},
              .claims = {Hazard("hit_stranger", "pidfd_open trusts the PID once",
                                "pidfd_open(2) NOTES")}},
    .legacy = {.claims = {Hazard("hit_stranger", "kill(2) looks up the PID on each use",
                                 "kill(2)")}},
    .loop =
        [](Arena& arena, Path path, TrialLoop& trials) {
          Chain(arena, path, trials, ByHandle{path},
                [&](const Handle&, const Arena::Stub& stranger) {
                  trials.Record(SignalLate(arena, path, stranger, trials));
                });
        },
    .single_cpu = true,
}};

}  // namespace
}  // namespace pidproof::scenarios::torture::pid_reuse
