// What the referee of a race does to a child, and knows of it, by its number, which stays its own
// until it is reaped. Nothing here makes mistakes on purpose.
#pragma once

#include <signal.h>
#include <sys/types.h>

#include "probes/require.h"
#include "probes/sys.h"
#include "scenarios/flight.h"

namespace pidproof::referee {

// Ends the child, and returns once it is a zombie, which it stays. What was the end of it.
inline Saw End(pid_t child, int signal = SIGKILL) {
  Require(sys::Kill(child, signal));
  return Require(sys::Waitid(P_PID, child, WEXITED | WNOWAIT)).si_status;
}

// Returns once the child is reaped; its number is free then.
inline siginfo_t Reap(pid_t child) { return Require(sys::Waitid(P_PID, child, WEXITED)); }

// How far a child has come by now. One that is said to be a zombie may be reaped a moment later.
enum class Stage { kAlive, kZombie, kReaped };
inline Stage StageOf(pid_t child) {
  const Result<siginfo_t> seen = sys::Waitid(P_PID, child, WEXITED | WNOHANG | WNOWAIT);
  if (!seen.ok()) return Stage::kReaped;
  return seen->si_pid == 0 ? Stage::kAlive : Stage::kZombie;
}

}  // namespace pidproof::referee
