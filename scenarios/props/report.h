// How a body, which has no captures, tells its trial more than an exit status does: words of one
// number each, for which the trial waits. What is larger, or is to be seen without waiting, lies in
// shared.h.
#pragma once

#include <cstdint>
#include <optional>

namespace pidproof::report {

// Before the child is made, for it alone: a trial has one report at a time.
void Open();

// In the body.
void Say(std::int64_t value);

// In the trial: the next word of the body, once it has come. Nothing once the body has ended, or
// has executed a program and the kernel has closed what it closes then.
std::optional<std::int64_t> Hear();

// The same where there must be one and an int holds it: an errno, the number of a process. Throws
// Broken when there is none.
int HearInt();

}  // namespace pidproof::report
