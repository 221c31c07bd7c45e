// Children that the kernel reaps by itself, because of what their parent says of SIGCHLD.
#pragma once

#include <sys/types.h>

#include "scenarios/arena.h"

namespace pidproof {

// What this process says of SIGCHLD.
enum class Sigchld {
  kDefault,    // children are kept until they are waited for
  kIgnored,    // SIG_IGN: they reap themselves
  kNoCldwait,  // SA_NOCLDWAIT: the same
};
void Say(Sigchld what);

// Returns once nobody has the slot's number. A child that reaps itself is seen to be gone, by a
// wait or a signal, before its number can be given out again, and of that nothing tells. pid: its
// number.
void AwaitFree(const Arena& arena, pid_t slot, pid_t pid);

}  // namespace pidproof
