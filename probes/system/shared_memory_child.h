// Children that share this process's memory, as vfork(2) and posix_spawn(3) make them.
#pragma once

#include <sys/types.h>

#include <cstddef>
#include <cstdint>

#include "probes/system/abi.h"
#include "probes/system/result.h"

namespace pidproof::sys {

// clone(2) with those flags (the exit signal in the low byte) of a child that exits at once with
// status 0, in a process of its own. stack: the end of the child's stack, or 0 for ours, which
// needs CLONE_VFORK: the call returns once the child has left our memory, which is before it can be
// waited for. pidfd: where CLONE_PIDFD stores it. Returns the PID.
Result<pid_t> CloneExiting(std::uint64_t flags, std::uintptr_t stack, int* pidfd);

// The same by clone3(2), which passes size bytes of args.
Result<pid_t> Clone3Exiting(const abi::CloneArgs& args, std::size_t size);

}  // namespace pidproof::sys
