#pragma once

#include <sys/types.h>

#include <string>

#include "probes/system/result.h"

namespace pidproof {

// "/proc/self/fdinfo/FD".
std::string FdinfoPath(int fd);

// The text of that file. ENOENT: /proc is missing.
Result<std::string> Fdinfo(int fd);

// The Pid: line: the PID of the pidfd's process in the PID namespace of the mounted /proc, 0 when
// it has none there, -1 once it is reaped (5.5). EBADMSG: no such line, so not a pidfd.
Result<pid_t> FdinfoPid(int pidfd);

}  // namespace pidproof
