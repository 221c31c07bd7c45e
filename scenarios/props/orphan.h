#pragma once

#include <signal.h>

#include "scenarios/arena.h"

namespace pidproof {

// A child of a child, which is reaped: this process has become a subreaper and taken the orphan
// over, which waits at the gate. Takes the trial's report. Throws Unsupported where no child with
// that exit signal can be made.
struct Orphan {
  static Orphan Make(Arena& arena, int exit_signal = SIGCHLD);
  // Opens the gate.
  void Open() const { parent.Open(); }

  pid_t number;
  Child parent;
};

}  // namespace pidproof
