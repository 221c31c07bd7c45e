// What a body tells its trial, beyond an exit status: bodies have no captures.
#pragma once

#include <cstdint>
#include <optional>

namespace pidproof::report {

// Before the child is made. One per trial process.
void Open();

// In the body.
void Say(std::int64_t value);

// In the trial: the next word of the body, once it has come. Nothing once the body has ended, or
// has executed a program and the kernel has closed what it closes then.
std::optional<std::int64_t> Hear();

}  // namespace pidproof::report
