#pragma once

#include <vector>

namespace pidproof::runner {

// How many times slower than the machine on which deadlines were chosen this one makes and reaps
// processes right now; never below 1. Deadlines are multiplied by it, so that slow is not taken for
// hung.
double MeasureSlowdown();

// The same from the seconds that some children took, one after another. The lower quartile decides:
// a busy moment delays some of them, a slow machine all.
double SlowdownOf(std::vector<double> seconds);

}  // namespace pidproof::runner
