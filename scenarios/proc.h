#pragma once

#include <sys/types.h>

namespace pidproof {

// /proc may be that of another pid namespace than ours, and know us by other numbers.

// The number by which /proc knows the calling process; 0 where there is no /proc, or it does not.
pid_t OwnNumberInProc();

// The letter that /proc/NUMBER/stat has for the state of the process's first thread; 0 when there
// is none to read.
char StateInProc(pid_t number);

}  // namespace pidproof
