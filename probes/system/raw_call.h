// System calls that are made only to learn whether they are let through.
#pragma once

#include "probes/system/result.h"

namespace pidproof::sys {

// Any system call, with every argument -1, which is no descriptor, address, size or set of flags:
// only for a call that does nothing then. What it returns, or its errno.
Result<long> CallWithNonsense(long number);

// futex(2) on a word that nobody waits for and that is not the one expected: wakes nobody (0), or
// does not begin to wait (EAGAIN).
Result<int> FutexOfNobody(int operation);

}  // namespace pidproof::sys
