// The processors that a thread may run on. thread: its ID, or 0 for the calling one.
#pragma once

#include <sched.h>
#include <sys/types.h>

#include <cstddef>
#include <vector>

namespace pidproof {

// Empty where it cannot be read.
cpu_set_t AllowedProcessors(pid_t thread = 0);
std::vector<std::size_t> ProcessorsIn(const cpu_set_t& processors);
cpu_set_t Only(std::size_t processor);
// False where it is refused; nothing has changed then.
bool AllowProcessors(const cpu_set_t& processors, pid_t thread = 0);

}  // namespace pidproof
