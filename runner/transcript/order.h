#pragma once

#include "runner/transcript/script.h"

namespace pidproof::runner::transcript {

// Makes one step of a call that an actor repeats until the answer changes: it waits for a state.
void Collapse(Script& script);
// Gives each step its turn.
void Order(Script& script);

}  // namespace pidproof::runner::transcript
