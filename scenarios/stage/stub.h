#pragma once

#include <sched.h>
#include <signal.h>
#include <sys/types.h>

#include <cstdint>
#include <span>

#include "probes/system/result.h"

namespace pidproof {

// The cheapest process there is: a child that shares its parent's memory and has no stack of its
// own, and so lives in its registers only. After the clone it repeats one system call until it is
// ended.
enum class StubLife {
  kWaits,  // sleeps until it is killed
  kExits,  // ends at once, status 0
};

struct StubOptions {
  std::uint64_t flags = CLONE_VM;  // CLONE_VM among them
  int exit_signal = SIGCHLD;
  int* pidfd = nullptr;  // with CLONE_PIDFD: where it goes
  // The numbers to take, innermost namespace first, by clone3 set_tid (5.5); empty: as they come,
  // by clone(2).
  std::span<const pid_t> numbers = {};
};

// A child that leads that life; its number, or the errno of the clone.
Result<pid_t> SpawnStub(const StubOptions& birth, StubLife life);

}  // namespace pidproof
