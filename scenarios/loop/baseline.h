#pragma once

#include <cstdint>

#include "scenarios/arena/arena.h"
#include "scenarios/loop/trial_loop.h"

namespace pidproof::scenarios {

// Measures the part of a trial that is not under test: creating, killing and reaping the same kind
// of child, with or without a pidfd. Takes a tenth of the budget, at most a quarter of a second,
// before the loop.
void MeasureBaseline(Arena& arena, TrialLoop& trials, bool with_pidfd = false,
                     std::uint64_t sharing = Arena::kShareAll);

}  // namespace pidproof::scenarios
