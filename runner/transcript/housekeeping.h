#pragma once

#include <vector>

#include "runner/transcript/recording.h"

namespace pidproof::runner::transcript {

// For each call whether the C library asked it for itself: memory, locks, the start of a program.
// Memory that another call asks about is the trial's own.
std::vector<bool> Housekeeping(const Recording& recording);

}  // namespace pidproof::runner::transcript
