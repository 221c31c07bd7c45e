#pragma once

#include <string>
#include <string_view>

namespace pidproof {

// "EBADF" for EBADF; "" for 0; "errno 200" for a number without a name.
std::string ErrnoName(int error);

// EBADF for "ebadf" or "EBADF", in either case; 0 when there is no such name.
int ErrnoOf(std::string_view name);

// "SIGSYS" for SIGSYS, "signal 40" for one without a name.
std::string SignalName(int signal);

// "CAP_SYS_ADMIN" for CAP_SYS_ADMIN, "capability 63" for one without a name.
std::string CapabilityName(int capability);

// 19 for "CAP_SYS_PTRACE", in either case; -1 when there is no such name.
int CapabilityOf(std::string_view name);

}  // namespace pidproof
