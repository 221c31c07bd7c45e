// A worker's PID on record that another user's process has by now, or the signalling process
// itself. Of threads see new_owner_thread.cc.
#include <signal.h>

#include <span>

#include "probes/system/require.h"
#include "scenarios/fixtures/call_in_child.h"
#include "scenarios/handle.h"
#include "scenarios/scenario.h"

namespace pidproof::scenarios::conformance::new_owner {
namespace {

// Of a worker that is reaped by now.
Handle HandleOfReaped(Arena& arena, Path path) {
  Arena::Stub worker = arena.SpawnWithPid(StubLife::kWaits, Handle::NeedsPidfdAtSpawn(path));
  Handle handle = Handle::Of(worker, path);
  arena.End(worker);
  return handle;
}

Outcome AskOnceAnotherUserHasPid(Arena& arena, Path path) {
  const Handle stale = HandleOfReaped(arena, path);
  const Arena::Stub stranger = arena.SpawnWithPid(StubLife::kWaits, false);
  const Outcome answer = CallUnprivileged(arena, [&] { return stale.Signal(0).error(); });
  arena.End(stranger);
  return answer;
}

const Registered<Conformance> kUser{{
    .name = "new_owner/another_user",
    .question = "What does signal 0 return to a supervisor without privilege once another user's "
                "process has a worker's PID?",
    .pidfd = {.needs = {"clone3/pidfd", "pidfd_send_signal"},
              .claims = {Must("esrch", "the worker is gone", "pidfd_send_signal(2)"),
                         Never("eperm", "a pidfd refers to a process, not to a PID",
                               "pidfd_open(2)")}},
    .legacy = {.claims = {Hazard("eperm", "some process has the PID: the worker is taken for alive",
                                 "kill(2)")}},
    .ask = AskOnceAnotherUserHasPid,
}};

// Handed to the child by fork. A trial has a process of its own.
const Handle* on_record = nullptr;

int SignalsRecorded(int) { return on_record->Signal(SIGUSR1).error(); }

Outcome SignalFromNewOwner(Arena& arena, Path path) {
  const Handle stale = HandleOfReaped(arena, path);
  on_record = &stale;
  const Arena::ChosenPids pids = arena.PidsFor(0);
  if (pids.count == 0) throw Unsupported("no child with a chosen PID can be made here");
  Child killer = arena.Spawn(
      SignalsRecorded,
      {.how = SpawnOptions::kClone3, .set_tid = std::span(pids.values).first(pids.count)});
  Require(killer.pid() == Arena::kFirstPid);
  const siginfo_t ended = killer.Reap();
  if (ended.si_code == CLD_KILLED && ended.si_status == SIGUSR1) return "hit_itself";
  Require(ended.si_code == CLD_EXITED);
  return Outcome::Of(ended.si_status);
}

const Registered<Conformance> kItself{{
    .name = "new_owner/itself",
    .question = "Which process is signalled by a supervisor that has a worker's PID itself by now?",
    .pidfd = {.needs = {"clone3/pidfd", "pidfd_send_signal"},
              .claims = {Must("esrch", "the worker is gone", "pidfd_send_signal(2)"),
                         Never("hit_itself", "a pidfd refers to a process, not to a PID",
                               "pidfd_open(2)")}},
    .legacy = {.needs = {"clone3/pidfd"},
               .claims = {Hazard("hit_itself", "the PID on record is its own", "kill(2)")}},
    .ask = SignalFromNewOwner,
}};

}  // namespace
}  // namespace pidproof::scenarios::conformance::new_owner
