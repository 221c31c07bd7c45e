#pragma once

#include <sys/types.h>

#include "probes/result.h"

namespace pidproof {

// The Pid: line of /proc/self/fdinfo/FD: the number of the pidfd's process in the pid namespace of
// the mounted /proc, 0 when it has none there, -1 once it is reaped (5.5). ENOENT: no /proc;
// EBADMSG: no such line, so no pidfd.
Result<pid_t> FdinfoPid(int pidfd);

}  // namespace pidproof
