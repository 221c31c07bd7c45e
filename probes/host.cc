#include "probes/host.h"

#include <fmt/format.h>
#include <gnu/libc-version.h>
#include <sys/prctl.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <fstream>

namespace pidproof {

namespace {

std::optional<std::uint64_t> ReadNumber(const char* path) {
  std::ifstream file(path);
  std::uint64_t number = 0;
  if (!(file >> number)) return std::nullopt;
  return number;
}

std::optional<int> SeccompMode() {
  const int mode = prctl(PR_GET_SECCOMP);
  return mode < 0 ? std::nullopt : std::optional(mode);
}

}  // namespace

HostFacts ReadHostFacts() {
  utsname names{};
  uname(&names);
  return {.release = names.release,
          .machine = names.machine,
          .libc = fmt::format("glibc {}", gnu_get_libc_version()),
          .uid = geteuid(),
          .pid_max = ReadNumber("/proc/sys/kernel/pid_max"),
          .seccomp_mode = SeccompMode()};
}

}  // namespace pidproof
