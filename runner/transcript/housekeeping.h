#pragma once

#include "runner/transcript/recording.h"

namespace pidproof::runner::transcript {

// Whether the C library asked it for itself: memory, locks, the start of a program.
bool IsHousekeeping(const Call& call);

}  // namespace pidproof::runner::transcript
