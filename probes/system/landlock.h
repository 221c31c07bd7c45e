#pragma once

#include <cstdint>

#include "probes/system/sys.h"

namespace pidproof {

// landlock(7): kinds of access that may not leave the domain (6.12, ABI 6).
inline constexpr std::uint64_t kLandlockScopeSignal = 1u << 1;

namespace sys {

// Puts this process and its offspring into a Landlock domain of their own, whose processes reach
// by these means no process outside. Sets no_new_privs. ENOSYS, EOPNOTSUPP: no Landlock; E2BIG or
// EINVAL: a kernel before 6.12, or a scope that it does not know.
Status EnterLandlockDomain(std::uint64_t scopes);

}  // namespace sys
}  // namespace pidproof
