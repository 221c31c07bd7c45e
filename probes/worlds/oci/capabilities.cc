#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <iterator>
#include <stdexcept>

#include "probes/worlds/oci_profile.h"

namespace pidproof {

namespace {

// capabilities(7), in the kernel's order, as of CAP_CHECKPOINT_RESTORE (5.9).
constexpr std::string_view kAll[] = {"CHOWN",
                                     "DAC_OVERRIDE",
                                     "DAC_READ_SEARCH",
                                     "FOWNER",
                                     "FSETID",
                                     "KILL",
                                     "SETGID",
                                     "SETUID",
                                     "SETPCAP",
                                     "LINUX_IMMUTABLE",
                                     "NET_BIND_SERVICE",
                                     "NET_BROADCAST",
                                     "NET_ADMIN",
                                     "NET_RAW",
                                     "IPC_LOCK",
                                     "IPC_OWNER",
                                     "SYS_MODULE",
                                     "SYS_RAWIO",
                                     "SYS_CHROOT",
                                     "SYS_PTRACE",
                                     "SYS_PACCT",
                                     "SYS_ADMIN",
                                     "SYS_BOOT",
                                     "SYS_NICE",
                                     "SYS_RESOURCE",
                                     "SYS_TIME",
                                     "SYS_TTY_CONFIG",
                                     "MKNOD",
                                     "LEASE",
                                     "AUDIT_WRITE",
                                     "AUDIT_CONTROL",
                                     "SETFCAP",
                                     "MAC_OVERRIDE",
                                     "MAC_ADMIN",
                                     "SYSLOG",
                                     "WAKE_ALARM",
                                     "BLOCK_SUSPEND",
                                     "AUDIT_READ",
                                     "PERFMON",
                                     "BPF",
                                     "CHECKPOINT_RESTORE"};

// The default of containers/common since 2021.
constexpr std::string_view kPodman[] = {"CHOWN",   "DAC_OVERRIDE",     "FOWNER",    "FSETID",
                                        "KILL",    "NET_BIND_SERVICE", "SETFCAP",   "SETGID",
                                        "SETPCAP", "SETUID",           "SYS_CHROOT"};

// moby's oci/caps/defaults.go: Podman's, and these.
constexpr std::string_view kDockerBesides[] = {"AUDIT_WRITE", "MKNOD", "NET_RAW"};

template <std::size_t n>
void Add(Capabilities& capabilities, const std::string_view (&names)[n]) {
  for (const std::string_view name : names) capabilities.insert(fmt::format("CAP_{}", name));
}

std::string Upper(std::string_view text) {
  std::string upper(text);
  std::transform(upper.begin(), upper.end(), upper.begin(),
                 [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
  return upper;
}

void AddWord(Capabilities& capabilities, std::string_view word) {
  const std::string upper = Upper(word);
  if (upper == "NONE") return;
  if (upper == "ALL") return Add(capabilities, kAll);
  if (upper == "PODMAN" || upper == "DOCKER") Add(capabilities, kPodman);
  if (upper == "DOCKER") Add(capabilities, kDockerBesides);
  if (upper == "PODMAN" || upper == "DOCKER") return;
  const std::string_view name = std::string_view(upper).substr(upper.starts_with("CAP_") ? 4 : 0);
  if (std::find(std::begin(kAll), std::end(kAll), name) == std::end(kAll)) {
    throw std::invalid_argument(fmt::format(
        "'{}' is not a capability; use docker, podman, none, all, or names such as SYS_PTRACE",
        word));
  }
  capabilities.insert(fmt::format("CAP_{}", name));
}

}  // namespace

Capabilities ParseCapabilities(std::string_view text) {
  Capabilities capabilities;
  for (std::string_view rest = text;;) {
    const std::size_t comma = rest.find(',');
    AddWord(capabilities, rest.substr(0, comma));
    if (comma == std::string_view::npos) return capabilities;
    rest.remove_prefix(comma + 1);
  }
}

}  // namespace pidproof
