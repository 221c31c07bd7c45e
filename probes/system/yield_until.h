#pragma once

#include <sched.h>

namespace pidproof {

// Returns once done() holds, and lets others run between the looks (sched_yield(2)). For states
// whose coming is marked by no event that could be waited for. A done() that cannot come true any
// more must throw.
template <typename Done>
void YieldUntil(Done done) {
  while (!done()) sched_yield();
}

}  // namespace pidproof
