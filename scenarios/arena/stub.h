#pragma once

#include <sched.h>
#include <signal.h>
#include <sys/types.h>

#include <cstdint>
#include <span>

#include "probes/system/result.h"

namespace pidproof::scenarios {

// The cheapest process there is: a child that shares its parent's memory, has no stack, and lives
// in its registers only. After the clone it repeats one system call until it is killed or exits.
enum class StubLife {
  kWaits,  // sleeps until it is killed
  kExits,  // exits at once with status 0
};

struct StubOptions {
  std::uint64_t flags = CLONE_VM;  // including CLONE_VM
  int exit_signal = SIGCHLD;
  int* pidfd = nullptr;  // receives the pidfd with CLONE_PIDFD, or the PID with CLONE_PARENT_SETTID
  // The PIDs to take, innermost namespace first, by clone3 set_tid (5.5). Empty: the next free PID,
  // by clone(2).
  std::span<const pid_t> set_tid = {};
};

// The new child's PID, or the errno of the clone.
Result<pid_t> SpawnStub(const StubOptions& options, StubLife life);

}  // namespace pidproof::scenarios
