// Which calls of the harness itself a seccomp filter refuses.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "probes/refusal/restriction.h"

namespace pidproof::refusal {

// False where this process has no filter: nothing is refused then.
bool MayBeFiltered();

std::size_t CountOwnCalls();

// Makes the call so that it does nothing; returns the errno with which a filter refuses it, or 0. A
// filter may also end the caller.
int RefusalOfOwnCall(std::size_t which);

// The restriction that follows from that errno.
Restriction RefusedOwnCall(std::size_t which, int error);

// "a filter refuses futex (EPERM)".
std::string RefusalByFilter(std::string_view call, int error);

}  // namespace pidproof::refusal
