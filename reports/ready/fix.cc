#include "reports/ready/fix.h"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>

namespace pidproof::reports {
namespace {

// What a refusal of one call can come from, beside a filter that does not know it.
struct Gate {
  std::string_view call;
  std::string_view profile_capability;  // with it, Docker's and containerd's profiles let it pass
  std::string_view right;               // what the kernel itself asks for
};

constexpr Gate kGates[] = {
    {"clone", "", "CAP_SYS_ADMIN"},
    {"clone3", "CAP_SYS_ADMIN", "CAP_CHECKPOINT_RESTORE"},
    {"ioctl", "", "rights over the namespace's owner"},
    {"open_by_handle_at", "CAP_DAC_READ_SEARCH", "CAP_DAC_READ_SEARCH"},
    {"pidfd_getfd", "CAP_SYS_PTRACE", "CAP_SYS_PTRACE or kernel.yama.ptrace_scope=0"},
    {"pidfd_send_signal", "", "CAP_KILL or the target's uid"},
    {"process_madvise", "CAP_SYS_PTRACE", "CAP_SYS_NICE and CAP_SYS_PTRACE"},
    {"process_mrelease", "", "CAP_SYS_PTRACE or kernel.yama.ptrace_scope=0"},
    {"setns", "CAP_SYS_ADMIN", "CAP_SYS_ADMIN"},
};

// Features whose id does not start with the name of the call that a profile lists.
struct Alias {
  std::string_view prefix;
  std::string_view call;
};

constexpr Alias kAliases[] = {
    {"so_peerpidfd", "getsockopt"},
    {"scm_pidfd", "setsockopt"},
    {"pidfs", "fstatfs"},
    {"pidfd_spawn", "clone3"},
    {"self/send_signal", "pidfd_send_signal"},
    {"outside/signal", "pidfd_send_signal"},
    {"outside/getfd", "pidfd_getfd"},
    {"outside/pidfd_open", "pidfd_open"},
    {"outside/info", "ioctl"},
};

std::string_view CallOf(std::string_view feature) {
  for (const Alias& alias : kAliases) {
    if (feature.starts_with(alias.prefix)) return alias.call;
  }
  return feature.substr(0, feature.find('/'));
}

Gate GateOf(std::string_view call) {
  const auto at = std::ranges::find(kGates, call, &Gate::call);
  return at == std::end(kGates) ? Gate{call, "", ""} : *at;
}

std::string Let(const Gate& gate) {
  return fmt::format("let {} through in the seccomp profile", gate.call);
}

std::string ForAbsent(const Feature& feature, const Gate& gate) {
  const std::string kernel =
      feature.since.empty() ? "another kernel" : fmt::format("Linux {} or later", feature.since);
  if (feature.feature == "pidfd_getpid") return kernel + ", and a /proc of this pid namespace";
  if (feature.feature == "clone/pidfd") return kernel + "; under qemu-user its release 8.0";
  if (feature.errno_name != "ENOSYS") return kernel;
  return fmt::format("{}; where that runs already, {}", kernel, Let(gate));
}

std::string ForRefused(const Feature& feature, const Gate& gate) {
  if (feature.availability == "denied") {
    return gate.right.empty() ? "more privilege" : std::string(gate.right);
  }
  if (feature.errno_name == "EACCES") {
    return fmt::format("let the security module (SELinux: class pidfs; AppArmor) permit {}",
                       gate.call);
  }
  return Let(gate);
}

// What people do to a profile without editing it, and what makes a refusal harmless.
std::string ForProfile(const Feature& feature, const Gate& gate) {
  if (feature.availability != "filtered" || feature.errno_name == "EACCES") return "";
  std::string more;
  if (!gate.profile_capability.empty()) {
    more = fmt::format(" (Docker's does with {})", gate.profile_capability);
  }
  if (gate.call == "clone3" && feature.errno_name != "ENOSYS") more += ", or answer ENOSYS there";
  return more;
}

}  // namespace

std::string Mend(const Feature& feature) {
  if (feature.availability == "present") return "";
  const Gate gate = GateOf(CallOf(feature.feature));
  const bool refused = feature.availability == "filtered" || feature.availability == "denied";
  if (!refused && feature.availability != "absent") {
    return fmt::format("find out: pidproof probe --only {}", feature.feature);
  }
  const std::string fix = !feature.fix.empty() ? feature.fix
                          : refused            ? ForRefused(feature, gate)
                                               : ForAbsent(feature, gate);
  return fix + ForProfile(feature, gate);
}

}  // namespace pidproof::reports
