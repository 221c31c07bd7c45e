#pragma once

#include <string>

namespace pidproof {

// Why a user namespace cannot be made, as a clause: "a user namespace cannot be made (ENOSPC:
// user.max_user_namespaces is 0)". error: of unshare(2) or clone(2).
std::string WhyNoUserNamespace(int error);

}  // namespace pidproof
