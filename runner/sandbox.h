#pragma once

#include <sys/types.h>

#include <cstddef>
#include <string>
#include <vector>

#include "probes/system/isolate.h"

namespace pidproof::runner {

// How trials can be kept apart on this machine, and what they run on. Found once per run.
struct Sandbox {
  Isolation isolation = Isolation::kChild;
  std::string refusal;           // why there is no PID namespace of our own, or empty
  std::vector<pid_t> free_pids;  // of this namespace, to place processes at:
                                 // they were just ours
  std::size_t processors = 1;    // that trials may use

  // For the reader: "pid namespace", "user and pid namespace", "none: ..."
  std::string Text() const;
};

// Tries the methods in turn, by running something in each. free_pids: how many are wanted; they are
// found only where a PID can be placed in this namespace too.
Sandbox FindSandbox(double slowdown, std::size_t free_pids);

}  // namespace pidproof::runner
