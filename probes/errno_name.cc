#include "probes/errno_name.h"

#include <fmt/format.h>
#include <linux/capability.h>
#include <string.h>
#include <strings.h>

namespace pidproof {

namespace {
constexpr int kHighestErrno = 133;  // EHWPOISON
}

std::string ErrnoName(int error) {
  if (error == 0) return "";
  const char* name = strerrorname_np(error);
  return name != nullptr ? name : fmt::format("errno {}", error);
}

int ErrnoOf(std::string_view name) {
  const std::string wanted(name);
  for (int error = 1; error <= kHighestErrno; ++error) {
    const char* known = strerrorname_np(error);
    if (known != nullptr && strcasecmp(known, wanted.c_str()) == 0) return error;
  }
  return 0;
}

std::string CapabilityName(int capability) {
  switch (capability) {
    case CAP_DAC_READ_SEARCH:
      return "CAP_DAC_READ_SEARCH";
    case CAP_DAC_OVERRIDE:
      return "CAP_DAC_OVERRIDE";
    case CAP_SYS_PTRACE:
      return "CAP_SYS_PTRACE";
    case CAP_SYS_ADMIN:
      return "CAP_SYS_ADMIN";
    case CAP_SYS_NICE:
      return "CAP_SYS_NICE";
    case CAP_CHECKPOINT_RESTORE:
      return "CAP_CHECKPOINT_RESTORE";
    default:
      return fmt::format("capability {}", capability);
  }
}

std::string SignalName(int signal) {
  const char* name = sigabbrev_np(signal);
  return name != nullptr ? fmt::format("SIG{}", name) : fmt::format("signal {}", signal);
}

}  // namespace pidproof
