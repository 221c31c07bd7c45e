#pragma once

#include <string>
#include <vector>

#include "probes/system/isolate.h"
#include "scenarios/stage/arena.h"

namespace pidproof {

// How trials can be kept apart here, and which outer numbers they may have. Found out once per run.
struct Stage {
  Isolation isolation = Isolation::kChild;
  std::string refusal;        // why there is no pid namespace of our own, or empty
  std::vector<pid_t> dealt;   // numbers of this namespace that were just ours, and so are free
  std::uint64_t allowed = 0;  // outer numbers that the whole run may still use up

  // For the reader: "root", "user namespace", "none: ..."
  std::string Text() const;
};

// Tries the ways in turn, by going them. pid_max: of this namespace, 0 when unknown. numbers: how
// many are wanted to deal; where none is, no process is made for them.
Stage FindStage(double slowdown, std::uint64_t pid_max, bool allow_pid_wrap, std::size_t numbers);

}  // namespace pidproof
