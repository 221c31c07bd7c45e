#pragma once

namespace pidproof::runner {

// How many times slower than the machine on which deadlines were chosen this one makes and reaps
// processes right now; never below 1. Deadlines are multiplied by it, so that slow is not taken for
// hung.
double MeasureSlowdown();

}  // namespace pidproof::runner
