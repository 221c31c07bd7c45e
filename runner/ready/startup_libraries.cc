// glibc 2.43 and Qt 6.11: C and C++.
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>

#include <array>
#include <cstddef>

#include "probes/system/shared_memory_child.h"
#include "probes/system/sys.h"
#include "runner/ready/startup.h"

namespace pidproof::runner::ready {
namespace {

constexpr std::uint64_t kCloneClearSighand = 0x100000000;  // 5.5

// A descriptor that no process can have: only a kernel with P_PIDFD answers EBADF.
bool WaitsByPidfd() {
  return sys::WaitidInto(abi::kIdPidfd, INT_MAX, nullptr, WEXITED | WNOHANG, nullptr).error() ==
         EBADF;
}

Made MadeByClone3() {
  alignas(64) std::array<std::byte, 0x9000> stack;
  int pidfd = -1;
  abi::CloneArgs args{};
  args.flags = abi::kClonePidfd | kCloneClearSighand | CLONE_VM | CLONE_VFORK;
  args.exit_signal = SIGCHLD;
  args.stack = reinterpret_cast<std::uintptr_t>(stack.data());
  args.stack_size = stack.size();
  args.pidfd = reinterpret_cast<std::uintptr_t>(&pidfd);
  args.parent_tid = args.pidfd;
  const Result<pid_t> made = sys::Clone3Exiting(args, sizeof args);
  if (!made.ok()) return {0, made.error(), Fd()};
  return {*made, 0, Fd(pidfd)};
}

}  // namespace

// sysdeps/unix/sysv/linux/clone-pidfd-support.c, then spawni.c: clone3, and clone where that is
// ENOSYS or EINVAL.
Made MadeByPidfdSpawn(const Walk& walk) {
  walk.Next("waitid/p_pidfd");
  if (!WaitsByPidfd()) return {0, ENOSYS, Fd()};
  walk.Next("clone3/pidfd");
  Made made = MadeByClone3();
  if (made.error == ENOSYS || made.error == EINVAL) {
    walk.Next("clone/pidfd");
    made = MadeByClone(abi::kClonePidfd | CLONE_VM | CLONE_VFORK | SIGCHLD, true);
  }
  return made;
}

namespace {

// The spawn alone: how its caller waits is the caller's affair.
void GlibcPidfdSpawn(const Walk& walk) {
  const Made made = MadeByPidfdSpawn(walk);
  if (made.error == 0) ReapByPid(made.pid);
  // Only its own check answers ENOSYS: from clone3 it goes on to clone.
  if (made.error == ENOSYS) return walk.End(Impact::kBrokenAtStart);
  walk.End(made.error == 0 && made.pidfd ? Impact::kWorks : Impact::kBrokenLate);
}

// src/3rdparty/forkfd/forkfd_linux.c: detect_clone_pidfd_support, system_vforkfd and, once QProcess
// has polled the descriptor, system_forkfd_wait.
void QtForkfd(const Walk& walk) {
  walk.Next("waitid/p_pidfd");
  if (!WaitsByPidfd()) return walk.End(Impact::kDegradedSilently);
  walk.Next("clone/pidfd");
  const Made made = MadeByClone(abi::kClonePidfd | CLONE_VFORK | CLONE_VM | SIGCHLD, true);
  if (made.error != 0) return walk.End(Impact::kBrokenLate);
  if (!made.pidfd) {
    ReapByPid(made.pid);
    return walk.End(Impact::kBrokenLate);
  }
  walk.Next("poll");
  if (!sys::Poll(made.pidfd.get(), POLLIN, -1).ok()) return walk.End(Impact::kBrokenLate);
  walk.Next("waitid/p_pidfd");
  const int flags = fcntl(made.pidfd.get(), F_GETFL);
  const int options = WEXITED | ((flags & O_NONBLOCK) != 0 ? WNOHANG : 0);
  walk.End(WaitThrough(made.pidfd.get(), options) == 0 ? Impact::kWorks : Impact::kBrokenLate);
}

const Registered<Startup> kGlibcPidfdSpawn{{"glibc-pidfd-spawn", GlibcPidfdSpawn}};
const Registered<Startup> kQtForkfd{{"qt-forkfd", QtForkfd}};

}  // namespace
}  // namespace pidproof::runner::ready
