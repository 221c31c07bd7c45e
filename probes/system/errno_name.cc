#include "probes/system/errno_name.h"

#include <fmt/format.h>
#include <string.h>
#include <strings.h>

#include <iterator>

namespace pidproof {

namespace {
constexpr int kHighestErrno = 133;  // EHWPOISON

// In the order of their numbers (capabilities(7), linux/capability.h).
constexpr const char* kCapabilities[] = {"CAP_CHOWN",
                                         "CAP_DAC_OVERRIDE",
                                         "CAP_DAC_READ_SEARCH",
                                         "CAP_FOWNER",
                                         "CAP_FSETID",
                                         "CAP_KILL",
                                         "CAP_SETGID",
                                         "CAP_SETUID",
                                         "CAP_SETPCAP",
                                         "CAP_LINUX_IMMUTABLE",
                                         "CAP_NET_BIND_SERVICE",
                                         "CAP_NET_BROADCAST",
                                         "CAP_NET_ADMIN",
                                         "CAP_NET_RAW",
                                         "CAP_IPC_LOCK",
                                         "CAP_IPC_OWNER",
                                         "CAP_SYS_MODULE",
                                         "CAP_SYS_RAWIO",
                                         "CAP_SYS_CHROOT",
                                         "CAP_SYS_PTRACE",
                                         "CAP_SYS_PACCT",
                                         "CAP_SYS_ADMIN",
                                         "CAP_SYS_BOOT",
                                         "CAP_SYS_NICE",
                                         "CAP_SYS_RESOURCE",
                                         "CAP_SYS_TIME",
                                         "CAP_SYS_TTY_CONFIG",
                                         "CAP_MKNOD",
                                         "CAP_LEASE",
                                         "CAP_AUDIT_WRITE",
                                         "CAP_AUDIT_CONTROL",
                                         "CAP_SETFCAP",
                                         "CAP_MAC_OVERRIDE",
                                         "CAP_MAC_ADMIN",
                                         "CAP_SYSLOG",
                                         "CAP_WAKE_ALARM",
                                         "CAP_BLOCK_SUSPEND",
                                         "CAP_AUDIT_READ",
                                         "CAP_PERFMON",
                                         "CAP_BPF",
                                         "CAP_CHECKPOINT_RESTORE"};
}  // namespace

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
  if (capability >= 0 && static_cast<std::size_t>(capability) < std::size(kCapabilities)) {
    return kCapabilities[capability];
  }
  return fmt::format("capability {}", capability);
}

int CapabilityOf(std::string_view name) {
  const std::string wanted(name);
  for (std::size_t i = 0; i < std::size(kCapabilities); ++i) {
    if (strcasecmp(kCapabilities[i], wanted.c_str()) == 0) return static_cast<int>(i);
  }
  return -1;
}

std::string SignalName(int signal) {
  const char* name = sigabbrev_np(signal);
  return name != nullptr ? fmt::format("SIG{}", name) : fmt::format("signal {}", signal);
}

}  // namespace pidproof
