#pragma once

#include "probes/child.h"
#include "probes/fd.h"
#include "scenarios/arena.h"

namespace pidproof {

// A child that lingers, and its directory in the mounted /proc, which may know it by another number
// than we do. Takes the trial's report.
struct Shown {
  Child child;
  Fd directory;
};

// Throws Unsupported where there is no /proc, or none that shows the child.
Shown SpawnShown(Arena& arena, const Birth& birth = {});

}  // namespace pidproof
