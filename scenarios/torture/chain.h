// A number outlives its process: pairs of a worker that is reaped and a stranger that has its
// number then. The numbers are dealt, so the window is open in every trial.
#pragma once

#include <signal.h>
#include <sys/types.h>

#include <utility>

#include "scenarios/handle.h"
#include "scenarios/loop/baseline.h"
#include "scenarios/loop/trial_loop.h"
#include "scenarios/stage/arena.h"

namespace pidproof {

// What is remembered of each process while it lives: most often just a handle.
struct ByHandle {
  Path path;
  Handle operator()(Arena::Stub& stub) const {
    return Handle::From(stub.pid, std::move(stub.pidfd), path);
  }
};

// Lets a stranger have the worker's number and calls act with what was remembered of the worker;
// act must end and reap the stranger. The stranger of one trial is the worker of the next, so that
// a trial costs one process.
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
    // The number is free from the reaping before until the next line.
    Arena::Stub stranger = arena.SpawnWithPid(StubLife::kWaits, with_pidfd);
    auto of_stranger = remember(stranger);
    act(of_worker, stranger);
    of_worker = std::move(of_stranger);
  }
}

// Ends and reaps the stranger; whether it had been hit by SIGUSR1 before. The first fatal signal
// decides how a process ends, and where a tracer lets signals come one by one, the lower number
// comes first.
inline bool WasHit(Arena& arena, const Arena::Stub& stranger) {
  static_assert(SIGUSR1 < SIGUSR2);
  return arena.End(stranger, SIGUSR2).si_status == SIGUSR1;
}

}  // namespace pidproof
