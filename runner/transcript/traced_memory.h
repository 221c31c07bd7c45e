// The memory of a traced process that its calls are given.
#pragma once

#include <sys/types.h>

#include "runner/transcript/recording.h"

namespace pidproof::runner::transcript {

// Adds what the arguments point to as it is before the call; what is not mapped is left out.
void ReadBefore(pid_t pid, Call& call);
// The same memory after it.
void ReadAfter(pid_t pid, Call& call);

}  // namespace pidproof::runner::transcript
