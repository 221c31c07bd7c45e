#pragma once

#include <sys/types.h>

#include "probes/abi.h"
#include "probes/result.h"

namespace pidproof {

// The cheapest process there is: a child that shares its parent's memory and has no stack of its
// own, and so lives in its registers only. After the clone it repeats one system call until it is
// ended.
enum class StubLife {
  kWaits,  // sleeps until it is killed
  kExits,  // ends at once, status 0
};

// clone3(args) whose child leads that life. args must ask for CLONE_VM and no stack.
Result<pid_t> SpawnStub(const abi::CloneArgs& args, std::size_t size, StubLife life);

}  // namespace pidproof
