#pragma once

#include <optional>

#include "scenarios/arena.h"
#include "scenarios/handle.h"

namespace pidproof {

// A child of ours that another child of ours traces, and that has been killed: until its tracer has
// waited for it, or has gone, it is no zombie that we can have. Takes the trial's report.
// Throws Unsupported where tracing is refused.
struct TracedZombie {
  // handle: by which the tracer is to wait when it is let go; without one it just ends.
  static TracedZombie Make(Arena& arena, Child tracee, std::optional<Handle> handle = {});
  // Lets the tracer go, and returns once it has ended; the errno that its wait met, or
  // ENODATA when it found another.
  int LetTracerGo();

  Child tracee;
  Child tracer;
};

}  // namespace pidproof
