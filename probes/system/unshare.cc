#include "probes/system/unshare.h"

#include <errno.h>
#include <sched.h>
#include <sys/stat.h>

#include <array>

namespace pidproof::sys {

namespace {

struct Kind {
  int flag;
  const char* file;  // namespaces(7)
};
// Those whose contents can be changed from inside.
constexpr std::array kKinds = {
    Kind{CLONE_NEWNS, "/proc/self/ns/mnt"}, Kind{CLONE_NEWUTS, "/proc/self/ns/uts"},
    Kind{CLONE_NEWIPC, "/proc/self/ns/ipc"}, Kind{CLONE_NEWUSER, "/proc/self/ns/user"}};

// The inode number of each namespace; 0 where /proc does not show it.
std::array<ino_t, kKinds.size()> Namespaces() {
  std::array<ino_t, kKinds.size()> found{};
  for (std::size_t i = 0; i < kKinds.size(); ++i) {
    struct stat status {};
    if (stat(kKinds[i].file, &status) == 0) found[i] = status.st_ino;
  }
  return found;
}

}  // namespace

Status Unshare(int flags) {
  // No flag of unshare: the kernel answers EINVAL and does nothing. This needs no /proc.
  constexpr int kNoFlag = 0x01;  // of CSIGNAL
  if (unshare(flags | kNoFlag) == 0) return Status::Errno(EPERM);
  const auto before = Namespaces();
  if (unshare(flags) != 0) return Status::Errno(errno);
  const auto after = Namespaces();
  for (std::size_t i = 0; i < kKinds.size(); ++i) {
    const bool stayed = before[i] != 0 && before[i] == after[i];
    if ((flags & kKinds[i].flag) != 0 && stayed) return Status::Errno(EPERM);
  }
  return Status(0);
}

}  // namespace pidproof::sys
