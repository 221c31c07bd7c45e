#pragma once

#include <string>

namespace pidproof {

// "pidfd_open" for SYS_pidfd_open; "system call 999" for a number that neither this program nor its
// libseccomp can name.
std::string CallName(long number);

}  // namespace pidproof
