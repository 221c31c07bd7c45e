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
// Those whose contents can be changed from inside, and the one of later children: it is not shown
// between unshare and the first child.
constexpr std::array kKinds = {
    Kind{CLONE_NEWUTS, "/proc/self/ns/uts"}, Kind{CLONE_NEWNS, "/proc/self/ns/mnt"},
    Kind{CLONE_NEWIPC, "/proc/self/ns/ipc"}, Kind{CLONE_NEWUSER, "/proc/self/ns/user"},
    Kind{CLONE_NEWPID, "/proc/self/ns/pid_for_children"}};

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
  const auto before = Namespaces();
  // No flag of unshare. Linux answers EINVAL, does nothing, and this needs no /proc. gVisor ignores
  // it and obeys the others: the UTS namespace tells it from a filter.
  constexpr int kNoFlag = 0x01;  // of CSIGNAL
  const bool ignored = unshare(flags | CLONE_NEWUTS | kNoFlag) == 0;
  if (ignored) flags |= CLONE_NEWUTS;
  if (ignored && before.front() == 0) return Status::Errno(EPERM);
  if (!ignored && unshare(flags) != 0) return Status::Errno(errno);
  const auto after = Namespaces();
  for (std::size_t i = 0; i < kKinds.size(); ++i) {
    const bool stayed = before[i] != 0 && before[i] == after[i];
    if ((flags & kKinds[i].flag) != 0 && stayed) return Status::Errno(EPERM);
  }
  return Status(0);
}

}  // namespace pidproof::sys
