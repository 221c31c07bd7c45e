// What a body tells its trial, beyond an exit status: bodies have no captures.
#pragma once

#include <cstdint>

namespace pidproof::report {

// Before the child is made. One per trial process.
void Open();

// In the body.
void Say(std::int64_t value);

// In the trial: what the body has said, once it has. Throws Broken when it ends, or executes a
// program, without a word.
std::int64_t Hear();

// In the trial: returns once the body has ended, or has executed a program and the kernel has
// closed what it closes then. True when it had nothing to say.
bool AwaitSilence();

}  // namespace pidproof::report
