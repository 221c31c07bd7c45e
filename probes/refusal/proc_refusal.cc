#include "probes/refusal/proc_refusal.h"

#include <errno.h>
#include <fmt/format.h>
#include <linux/magic.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "probes/system/errno_name.h"

namespace pidproof::refusal {

namespace {

constexpr std::string_view kProc = "proc";

Answer NotTried(std::string why, std::string fix) {
  return {Answer::kNotTried, std::move(why), kProc, std::move(fix)};
}

bool IsThere(const char* path) { return access(path, F_OK) == 0; }

// The directory of a path in /proc, or its nearest ancestor that exists.
std::string NearestFolder(std::string path) {
  while (path.size() > 1 && !IsThere(path.c_str()))
    path.resize(std::max<std::size_t>(path.rfind('/'), 1));
  return path;
}

// Another filesystem is mounted there. Where statfs is missing too (gVisor), assume not.
bool IsOfAnother(const std::string& path) {
  struct statfs status {};
  return statfs(path.c_str(), &status) == 0 && status.f_type != PROC_SUPER_MAGIC;
}

Answer Missing(const std::string& path) {
  if (!IsOfProc("/proc")) return NotTried("/proc is not available", "a proc filesystem on /proc");
  if (!IsThere("/proc/self/stat")) {
    return NotTried("/proc cannot be used: it is that of another PID namespace",
                    "a /proc that is mounted in this PID namespace");
  }
  if (IsOfAnother(NearestFolder(path))) {
    return NotTried(fmt::format("/proc cannot be used: {} is masked", path),
                    fmt::format("a /proc in which nothing is mounted over {}", path));
  }
  if (path.starts_with("/proc/sys/") && !HasProcSys()) {
    return NotTried("/proc cannot be used: it shows processes only (subset=pid)",
                    "a /proc that is mounted without subset=pid");
  }
  return ENOENT;
}

}  // namespace

bool IsOfProc(const std::string& path) {
  struct statfs status {};
  return statfs(path.c_str(), &status) == 0 && status.f_type == PROC_SUPER_MAGIC;
}

bool HasProcSys() { return IsThere("/proc/sys/kernel"); }

Answer ProcRefusal(const std::string& path, int error) {
  switch (error) {
    case ENOENT:
    case ENOTDIR:
      return Missing(path);
    case EROFS:
      return {EROFS, fmt::format("{} is mounted read-only", path), kProc,
              "a writable /proc/sys: remount it read-write; runc and crun: without readonlyPaths; "
              "systemd: ProtectKernelTunables=no"};
    case EACCES:
      if (!IsOfProc(path)) {
        return NotTried(fmt::format("{} is masked", path),
                        fmt::format("a /proc in which nothing is mounted over {}", path));
      }
      // These files are readable by every user.
      if (path.starts_with("/proc/sys/")) {
        return {EACCES, "", "lsm", fmt::format("a security module's policy that allows {}", path)};
      }
      [[fallthrough]];
    default:
      return {Answer::kNotTried, fmt::format("{} answers {}", path, ErrnoName(error))};
  }
}

}  // namespace pidproof::refusal
