// Rust std 1.97.1 and tokio 1.53.
#include <errno.h>
#include <signal.h>
#include <sys/epoll.h>
#include <unistd.h>

#include <optional>

#include "probes/system/fdinfo.h"
#include "probes/system/pidfd_info.h"
#include "probes/system/require.h"
#include "probes/system/sys.h"
#include "probes/system/unix_socket.h"
#include "runner/ready/startup.h"

namespace pidproof::runner::ready {
namespace {

// library/std/src/sys/pal/unix/linux/pidfd.rs PidFd::pid, with glibc's pidfd_getpid behind it.
bool FindsPid(const Walk& walk, int pidfd) {
  walk.Next("ioctl/info");
  const int error = GetInfo(pidfd, abi::kInfoPid).error;
  if (error != EINVAL && error != ENOTTY) return error == 0;
  walk.Next("pidfd_getpid");
  const Result<pid_t> pid = FdinfoPid(pidfd);
  return pid.ok() && *pid > 0;
}

// send_pidfd and recv_pidfd: the child opens a pidfd of itself. None where it cannot.
Made MadeByFork() {
  SocketPair sockets;
  const pid_t child = Require(sys::Fork());
  if (child == 0) {
    const Result<Fd> self = sys::PidfdOpen(getpid(), 0);
    if (self.ok()) SendWith(sockets.sender.get(), SCM_RIGHTS, self->get());
    _exit(0);
  }
  sockets.sender.reset();
  int pidfd = -1;
  const Result<ControlMessage> message = ReceiveWith(sockets.receiver.get(), SCM_RIGHTS, pidfd);
  return {child, 0, Fd(message.ok() && message->came ? pidfd : -1)};
}

// library/std/src/sys/process/unix/unix.rs posix_spawn, where the C library has pidfd_spawnp.
Made Spawned(const Walk& walk, bool finds_pid) {
  if (!finds_pid) return MadeByFork();
  Made made = MadeByPidfdSpawn(walk);
  if (made.error == ENOSYS) return MadeByFork();
  if (made.error != 0 || FindsPid(walk, made.pidfd.get())) return made;
  ReapByPid(made.pid);
  return {0, EIO, Fd()};
}

// Child::kill and Child::wait, which believe that one call implies the others.
void RustStd(const Walk& walk) {
  walk.Next("pidfd_open");
  Result<Fd> self = sys::PidfdOpen(getpid(), 0);
  if (!self.ok()) return walk.End(Impact::kDegradedSilently);
  const bool finds_pid = FindsPid(walk, self->get());
  self->reset();
  const Made made = Spawned(walk, finds_pid);
  if (made.error != 0) return walk.End(Impact::kBrokenLate);
  if (!made.pidfd) {
    ReapByPid(made.pid);
    return walk.End(Impact::kDegradedSilently);
  }
  walk.Next("pidfd_send_signal");
  if (!sys::PidfdSendSignal(made.pidfd.get(), SIGKILL, nullptr, 0).ok()) {
    return walk.End(Impact::kBrokenLate);
  }
  walk.Next("waitid/p_pidfd");
  walk.End(WaitThrough(made.pidfd.get(), WEXITED) == 0 ? Impact::kWorks : Impact::kBrokenLate);
}

// tokio/src/process/unix/pidfd_reaper.rs, and the registration of mio.
void Tokio(const Walk& walk) {
  const Watch watch;
  const pid_t child = ForkExiting();
  walk.Next("pidfd_open/nonblock");
  const Result<Fd> pidfd = sys::PidfdOpen(child, abi::kPidfdNonblock);
  if (pidfd.ok()) {
    walk.Next("epoll");
    if (watch.Add(pidfd->get(), EPOLLIN | EPOLLRDHUP | EPOLLET) != 0) {
      return walk.End(Impact::kBrokenLate);
    }
    watch.Await();
    watch.Remove(pidfd->get());
  }
  ReapByPid(child);
  walk.End(pidfd.ok() ? Impact::kWorks : Impact::kDegradedSilently);
}

const Registered<Startup> kRustStd{{"rust-std", RustStd}};
const Registered<Startup> kTokio{{"tokio", Tokio}};

}  // namespace
}  // namespace pidproof::runner::ready
