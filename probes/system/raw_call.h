// System calls that are made only to learn whether they are allowed.
#pragma once

#include "probes/system/result.h"

namespace pidproof::sys {

// Any system call, with every argument -1, which is not a valid descriptor, address, size or set of
// flags: only for calls that do nothing then. Returns its value, or its errno.
Result<long> CallWithNonsense(long number);

// futex(2) on a word without waiters and with another value than expected: wakes none (0), or
// refuses to wait (EAGAIN).
Result<int> FutexWithoutWaiters(int operation);

}  // namespace pidproof::sys
