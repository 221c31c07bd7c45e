#include "probes/system/user_namespace.h"

#include <errno.h>
#include <fmt/format.h>

#include <fstream>
#include <iterator>

#include "probes/system/errno_name.h"

namespace pidproof {

std::string WhyNoUserNamespace(int error) {
  struct Switch {
    const char* name;
    const char* file;
    int error;
    int forbids;
  };
  // The last two are distributions' own: Debian's, and Ubuntu's of AppArmor.
  constexpr Switch kSwitches[] = {
      {"user.max_user_namespaces", "/proc/sys/user/max_user_namespaces", ENOSPC, 0},
      {"kernel.unprivileged_userns_clone", "/proc/sys/kernel/unprivileged_userns_clone", EPERM, 0},
      {"kernel.apparmor_restrict_unprivileged_userns",
       "/proc/sys/kernel/apparmor_restrict_unprivileged_userns", EPERM, 1},
  };
  for (const Switch& one : kSwitches) {
    int value = 0;
    if (one.error != error || !(std::ifstream(one.file) >> value) || value != one.forbids) continue;
    return fmt::format("a user namespace cannot be made ({}: {} is {})", ErrnoName(error), one.name,
                       value);
  }
  return fmt::format("a user namespace cannot be made ({})", ErrnoName(error));
}

}  // namespace pidproof
