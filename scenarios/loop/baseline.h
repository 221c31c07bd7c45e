#pragma once

#include <cstdint>

#include "scenarios/loop/trial_loop.h"
#include "scenarios/stage/arena.h"

namespace pidproof {

// Measures what lies below every trial: making, ending and reaping the same kind of child, with
// nothing asked of it, and its pidfd closed if it is to have one. Takes a tenth of the budget, but
// no more than a quarter of a second, before the loop.
void MeasureBaseline(Arena& arena, TrialLoop& trials, bool with_pidfd = false,
                     std::uint64_t sharing = Arena::kShareAll);

}  // namespace pidproof
