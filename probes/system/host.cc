#include "probes/system/host.h"

#include <fmt/format.h>
#include <gnu/libc-version.h>
#include <linux/capability.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <map>
#include <sstream>
#include <vector>

#include "probes/system/errno_name.h"
#include "probes/system/sys.h"

namespace pidproof {

namespace {

std::optional<std::uint64_t> ReadNumber(const char* path) {
  std::ifstream file(path);
  std::uint64_t number = 0;
  if (!(file >> number)) return std::nullopt;
  return number;
}

std::string ReadLine(const char* path) {
  std::ifstream file(path);
  std::string line;
  std::getline(file, line);
  return line;
}

// The lines of /proc/self/status: "NSpid" -> "12\t3".
std::map<std::string, std::string> ReadStatus() {
  std::map<std::string, std::string> status;
  std::ifstream file("/proc/self/status");
  for (std::string line; std::getline(file, line);) {
    const std::size_t colon = line.find(':');
    if (colon == std::string::npos) continue;
    const std::size_t value = line.find_first_not_of(" \t", colon + 1);
    status[line.substr(0, colon)] = value == std::string::npos ? "" : line.substr(value);
  }
  return status;
}

std::optional<std::uint64_t> NumberIn(const std::map<std::string, std::string>& status,
                                      const char* key) {
  const auto at = status.find(key);
  if (at == status.end()) return std::nullopt;
  return std::strtoull(at->second.c_str(), nullptr, 10);
}

std::string Capabilities(const std::map<std::string, std::string>& status) {
  const auto at = status.find("CapEff");
  if (at == status.end()) return "";
  const std::uint64_t set = std::strtoull(at->second.c_str(), nullptr, 16);
  const std::uint64_t last = ReadNumber("/proc/sys/kernel/cap_last_cap").value_or(CAP_LAST_CAP);
  if (set == 0) return "none";
  if (set == (std::uint64_t{2} << last) - 1) return "all";
  std::vector<std::string> had;
  std::vector<std::string> lacked;
  for (std::uint64_t capability = 0; capability <= last; ++capability) {
    ((set >> capability & 1) != 0 ? had : lacked)
        .push_back(CapabilityName(static_cast<int>(capability)));
  }
  if (lacked.size() < had.size()) return fmt::format("all but {}", fmt::join(lacked, " "));
  return fmt::format("{}", fmt::join(had, " "));
}

// The first namespaces have fixed inode numbers (include/linux/proc_ns.h).
constexpr ino_t kFirstUserNamespace = 0xEFFFFFFD;
constexpr ino_t kFirstPidNamespace = 0xEFFFFFFC;

std::string NamespaceKind(const char* path, ino_t initial) {
  struct stat found {};
  if (stat(path, &found) != 0) return "";
  return found.st_ino == initial ? "initial" : "inner";
}

std::optional<std::uint64_t> Levels(const std::map<std::string, std::string>& status) {
  const auto at = status.find("NSpid");
  if (at == status.end()) return std::nullopt;
  std::istringstream numbers(at->second);
  std::uint64_t levels = 0;
  for (std::uint64_t number; numbers >> number;) ++levels;
  return levels;
}

// Files and a variable that container managers set inside (systemd.io/CONTAINER_INTERFACE).
std::string Container() {
  const char* named = std::getenv("container");
  if (named != nullptr && *named != '\0') return fmt::format("{} (variable container)", named);
  if (access("/run/.containerenv", F_OK) == 0) return "podman (/run/.containerenv)";
  if (access("/.dockerenv", F_OK) == 0) return "docker (/.dockerenv)";
  const std::string manager = ReadLine("/run/systemd/container");
  return manager.empty() ? "" : manager + " (/run/systemd/container)";
}

// Some distributions' release names do not show what was backported since the series began.
std::string KernelNote(const std::string& release) {
  struct Mark {
    const char* text;
    const char* maker;
  };
  constexpr Mark kMarks[] = {
      {".el", "Red Hat Enterprise Linux or a rebuild"},
      {".fc", "Fedora"},
      {"+deb", "Debian"},
      {"-generic", "Ubuntu"},
      {"-azure", "Azure"},
      {"-aws", "Ubuntu for AWS"},
      {".amzn", "Amazon Linux"},
      {"-android", "Android"},
      {"-default", "SUSE"},
      {"-gke", "Google Kubernetes Engine"},
      {"-cloud-", "Debian or a cloud's own"},
      {"icrosoft", "Microsoft (WSL)"},
  };
  for (const Mark& mark : kMarks) {
    if (release.find(mark.text) == std::string::npos) continue;
    return fmt::format("{}: features may have been carried back to it", mark.maker);
  }
  return "";
}

}  // namespace

// gVisor reports the same build date in every release; qemu-user does not hide its name.
std::string Emulator() {
  if (ReadLine("/proc/version").find("#1 SMP Sun Jan 10 15:06:54 PST 2016") != std::string::npos) {
    return "gVisor";
  }
  if (ReadLine("/proc/self/status").find("qemu-") != std::string::npos) return "qemu-user";
  return "";
}

std::optional<int> SeccompMode() {
  if (const auto shown = NumberIn(ReadStatus(), "Seccomp")) return static_cast<int>(*shown);
  const int mode = prctl(PR_GET_SECCOMP);
  return mode < 0 ? std::nullopt : std::optional(mode);
}

bool IsCapable(int capability) {
  const std::map<std::string, std::string> status = ReadStatus();
  const auto at = status.find("CapEff");
  if (at == status.end()) return sys::HasCapability(capability);
  return (std::strtoull(at->second.c_str(), nullptr, 16) >> capability & 1) != 0;
}

bool IsInnerUserNamespace() {
  return NamespaceKind("/proc/self/ns/user", kFirstUserNamespace) == "inner";
}

Release KernelRelease() {
  utsname names{};
  if (uname(&names) < 0) return {};
  return Release::Parse(names.release);
}

std::optional<std::uint64_t> PtraceScope() {
  return ReadNumber("/proc/sys/kernel/yama/ptrace_scope");
}

std::string HostName() {
  utsname names{};
  uname(&names);
  return names.nodename;
}

HostFacts ReadHostFacts() {
  utsname names{};
  uname(&names);
  const std::map<std::string, std::string> status = ReadStatus();
  const int no_new_privs = prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0);
  std::string emulator = Emulator();
  if (emulator.empty() && std::string(names.release).find("icrosoft") != std::string::npos) {
    emulator = "WSL";
  }
  return {.release = names.release,
          .machine = names.machine,
          .libc = fmt::format("glibc {}", gnu_get_libc_version()),
          .uid = geteuid(),
          .pid_max = ReadNumber("/proc/sys/kernel/pid_max"),
          .seccomp_mode = SeccompMode(),
          .seccomp_filters = NumberIn(status, "Seccomp_filters"),
          .no_new_privs = no_new_privs < 0 ? std::nullopt : std::optional(no_new_privs == 1),
          .capabilities = Capabilities(status),
          .ptrace_scope = PtraceScope(),
          .security_modules = ReadLine("/sys/kernel/security/lsm"),
          .user_namespace = NamespaceKind("/proc/self/ns/user", kFirstUserNamespace),
          .pid_namespace = NamespaceKind("/proc/self/ns/pid", kFirstPidNamespace),
          .pid_levels = Levels(status),
          .container = Container(),
          .emulator = std::move(emulator),
          .kernel_note = KernelNote(names.release)};
}

}  // namespace pidproof
