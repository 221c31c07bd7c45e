// Reuse of PIDs: a worker is reaped, and a stranger gets its PID. PIDs are placed, so the window is
// open in every trial.
#pragma once

#include <signal.h>
#include <sys/types.h>

#include <utility>

#include "scenarios/arena/arena.h"
#include "scenarios/handle.h"
#include "scenarios/loop/baseline.h"
#include "scenarios/loop/trial_loop.h"

namespace pidproof::scenarios::torture {

// What is kept about each process while it lives: most often just a handle.
struct ByHandle {
  Path path;
  Handle operator()(Arena::Stub& stub) const { return Handle::Of(stub, path); }
};

// Gives a stranger the worker's PID and calls act with what was kept about the worker; act must
// kill and reap the stranger. The stranger of one trial is the worker of the next, so that a trial
// costs one process.
template <typename Remember, typename Act>
void Chain(Arena& arena, Path path, TrialLoop& trials, Remember remember, Act act) {
  const OnOneProcessor here;
  const bool with_pidfd = Handle::NeedsPidfdAtSpawn(path);
  MeasureBaseline(arena, trials, with_pidfd);
  auto of_worker = [&] {
    Arena::Stub worker = arena.SpawnWithPid(StubLife::kWaits, with_pidfd);
    auto remembered = remember(worker);
    arena.End(worker);
    return remembered;
  }();
  while (trials.Next()) {
    // Free since the worker was reaped; taken by the stranger here.
    Arena::Stub stranger = arena.SpawnWithPid(StubLife::kWaits, with_pidfd);
    auto of_stranger = remember(stranger);
    act(of_worker, stranger);
    of_worker = std::move(of_stranger);
  }
}

// Kills and reaps the stranger; returns whether SIGUSR1 had hit it before. The first fatal signal
// decides how a process ends; where a tracer delivers signals one by one, the lower number comes
// first.
inline bool WasHit(Arena& arena, const Arena::Stub& stranger) {
  static_assert(SIGUSR1 < SIGUSR2);
  return arena.End(stranger, SIGUSR2).si_status == SIGUSR1;
}

// Act: signals the worker by the name that was kept, and kills and reaps the stranger.
inline Outcome SignalStale(Arena& arena, const Handle& stale, const Arena::Stub& stranger,
                           TrialLoop& trials) {
  const sys::Status sent = stale.Signal(SIGUSR1);
  trials.Note("signal", sent);
  return WasHit(arena, stranger) ? "hit_stranger" : Outcome::Of(sent);
}

}  // namespace pidproof::scenarios::torture
