#pragma once

#include <cstdint>

#include "probes/system/sys.h"

namespace pidproof {

// landlock(7): what may not reach out of the domain (6.12, ABI 6).
inline constexpr std::uint64_t kLandlockScopeSignal = 1u << 1;

namespace sys {

// Puts this process and its descendants into a new Landlock domain, from which they cannot reach
// processes outside in these ways. Sets no_new_privs. ENOSYS, EOPNOTSUPP: no Landlock; E2BIG or
// EINVAL: a kernel before 6.12, or an unknown scope.
Status EnterLandlockDomain(std::uint64_t scopes);

}  // namespace sys
}  // namespace pidproof
