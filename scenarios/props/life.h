#pragma once

#include "probes/require.h"
#include "scenarios/arena.h"
#include "scenarios/handle.h"
#include "scenarios/outcome.h"

namespace pidproof {

// How far a process has come. Its number is free once it is dead.
enum class Life { kAlive, kZombie, kDead };

// Brings a child that lives that far: kills it, and reaps it.
void Bring(Child& child, Life life);

// Asks of a child that has come that far, by a handle, or a pidfd, that was made while it lived.
template <typename Ask>
Outcome In(Life life, Arena& arena, Path path, Ask ask) {
  Child child = arena.Spawn(body::Lingers);
  const Handle handle = Handle::To(child, path);
  Bring(child, life);
  return ask(handle);
}
template <typename Ask>
Outcome In(Life life, Arena& arena, Ask ask) {
  Child child = arena.Spawn(body::Lingers);
  const Fd pidfd = Require(sys::PidfdOpen(child.pid(), 0));
  Bring(child, life);
  return ask(pidfd.get());
}

}  // namespace pidproof
