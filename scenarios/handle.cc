#include "scenarios/handle.h"

#include <errno.h>
#include <unistd.h>

#include <utility>

#include "probes/system/fdinfo.h"
#include "probes/system/require.h"
#include "scenarios/tested.h"

namespace pidproof::scenarios {

Handle::Handle(Path path, Mode mode, pid_t pid, Fd pidfd)
    : path_(path), mode_(mode), pid_(pid), pidfd_(std::move(pidfd)) {}

Handle Handle::To(const Child& child, Path path, Mode mode) {
  return Require(ToPid(child.pid(), path, mode));
}

Result<Handle> Handle::ToPid(pid_t pid, Path path, Mode mode) {
  if (path == kLegacyPid) return Handle(path, mode, pid, Fd());
  Result<Fd> opened = tested::PidfdOpen(pid, mode == kNonblocking ? abi::kPidfdNonblock : 0);
  if (!opened.ok()) return Result<Handle>::Errno(opened.error());
  return Handle(path, mode, pid, std::move(*opened));
}

bool Handle::NeedsPidfdAtSpawn(Path path) { return path == kPidfd; }

Handle Handle::From(pid_t pid, Fd pidfd, Path path) {
  return Handle(path, kBlocking, pid, std::move(pidfd));
}

sys::Status Handle::Signal(int signal) const {
  if (path_ == kPidfd) return tested::PidfdSendSignal({pidfd_.get(), pid_}, signal, nullptr, 0);
  return sys::Kill(pid_, signal);
}

sys::Status Handle::Queue(int signal, siginfo_t* info) const {
  if (path_ == kPidfd) return tested::PidfdSendSignal({pidfd_.get(), pid_}, signal, info, 0);
  return sys::QueueSignal(pid_, signal, info);
}

sys::Status Handle::SignalGroup(int signal) const {
  if (path_ == kPidfd) {
    return tested::PidfdSendSignal({pidfd_.get(), pid_}, signal, nullptr, abi::kSignalProcessGroup);
  }
  return sys::KillGroup(pid_, signal);
}

Result<siginfo_t> Handle::Wait(int options) const {
  if (path_ == kPidfd) return tested::Waitid(abi::kIdPidfd, {pidfd_.get(), pid_}, options);
  return sys::Waitid(P_PID, pid_, options | (mode_ == kNonblocking ? WNOHANG : 0));
}

Result<bool> Handle::Ended() const {
  if (path_ == kPidfd) {
    const Result<short> ready = tested::Poll(pidfd_.get(), POLLIN, 0);
    return ready.ok() ? Result<bool>((*ready & POLLIN) != 0) : Result<bool>::Errno(ready.error());
  }
  const sys::Status exists = sys::Kill(pid_, 0);
  if (exists.ok()) return false;
  return exists.error() == ESRCH ? Result<bool>(true) : Result<bool>::Errno(exists.error());
}

Result<bool> Handle::AwaitEnd() const {
  if (path_ == kPidfd) {
    const Result<short> ready = tested::Poll(pidfd_.get(), POLLIN, -1);
    return ready.ok() ? Result<bool>((*ready & POLLIN) != 0) : Result<bool>::Errno(ready.error());
  }
  const Result<siginfo_t> ended = sys::Waitid(P_PID, pid_, WEXITED | WNOWAIT);
  return ended.ok() ? Result<bool>(ended->si_pid != 0) : Result<bool>::Errno(ended.error());
}

Result<bool> Handle::HasPid() const {
  if (path_ == kPidfd) {
    const Result<pid_t> pid = FdinfoPid(pidfd_.get());
    return pid.ok() ? Result<bool>(*pid > 0) : Result<bool>::Errno(pid.error());
  }
  if (getpgid(pid_) >= 0) return true;
  return errno == ESRCH ? Result<bool>(false) : Result<bool>::Errno(errno);
}

}  // namespace pidproof::scenarios
