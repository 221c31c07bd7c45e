#pragma once

#include <vector>

#include "runner/transcript/script.h"

namespace pidproof::runner::transcript {

// Makes one step of a call that an actor repeats until the answer changes: it waits for a state.
void Collapse(Script& script);
// Gives each step its turn, and the actors that must have ended before.
void Order(Script& script, const std::vector<Actor>& actors);

}  // namespace pidproof::runner::transcript
