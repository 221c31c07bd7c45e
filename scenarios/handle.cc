#include "scenarios/handle.h"

#include <errno.h>
#include <unistd.h>

#include <utility>

#include "probes/system/fdinfo.h"
#include "probes/system/pidfd_info.h"
#include "probes/system/require.h"
#include "scenarios/fixtures/proc.h"
#include "scenarios/tested.h"

namespace pidproof::scenarios {

namespace {

Result<ProcessIds> IdsByPidfd(int pidfd) {
  const PidfdInfoReply reply = tested::GetInfo(pidfd, abi::kInfoPid | abi::kInfoCreds);
  if (reply.error != 0) return Result<ProcessIds>::Errno(reply.error);
  Require(reply.Has(abi::kInfoPid | abi::kInfoCreds));
  const abi::PidfdInfo& info = reply.info;
  return ProcessIds{.pids = {info.pid, info.tgid, info.ppid},
                    .uids = {info.ruid, info.euid, info.suid, info.fsuid},
                    .gids = {info.rgid, info.egid, info.sgid, info.fsgid}};
}

Result<ProcessIds> IdsByPid(pid_t pid) {
  proc::ShowOwn();
  const Result<std::string> status = proc::Read(pid, "status");
  if (!status.ok()) return Result<ProcessIds>::Errno(status.error());
  return ProcessIds{
      .pids = {proc::Numbers(*status, "Pid").at(0), proc::Numbers(*status, "Tgid").at(0),
               proc::Numbers(*status, "PPid").at(0)},
      .uids = proc::Numbers(*status, "Uid"),
      .gids = proc::Numbers(*status, "Gid")};
}

}  // namespace

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

Handle Handle::ToThread(pid_t tid, Path path) {
  if (path == kLegacyPid) return Handle(path, kBlocking, tid, Fd());
  return Handle(path, kBlocking, tid, Require(tested::PidfdOpen(tid, abi::kPidfdThread)));
}

bool Handle::NeedsPidfdAtSpawn(Path path) { return path == kPidfd; }

Handle Handle::From(pid_t pid, Fd pidfd, Path path) {
  return Handle(path, kBlocking, pid, std::move(pidfd));
}

Handle Handle::Of(Arena::Stub& stub, Path path) {
  return From(stub.pid, std::move(stub.pidfd), path);
}

void Handle::PrepareProc(Path path) {
  if (path == kLegacyPid) proc::ShowOwn();
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
  return tested::Waitid(P_PID, pid_, options | (mode_ == kNonblocking ? WNOHANG : 0));
}

WaitId Handle::wait_id() const {
  return path_ == kPidfd ? WaitId{abi::kIdPidfd, pidfd_.get()} : WaitId{P_PID, pid_};
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

Result<std::vector<std::int64_t>> Handle::NumbersInProc(std::string_view key) const {
  if (path_ == kPidfd) return proc::Numbers(proc::Fdinfo(pidfd_.get()), key);
  const Result<std::string> status = proc::Read(pid_, "status");
  if (!status.ok()) return Result<std::vector<std::int64_t>>::Errno(status.error());
  return proc::Numbers(*status, key);
}

Result<ProcessIds> Handle::Ids() const {
  return path_ == kPidfd ? IdsByPidfd(pidfd_.get()) : IdsByPid(pid_);
}

Result<Fd> Handle::CopyFd(int descriptor) const {
  if (path_ == kPidfd) return tested::PidfdGetfd(pidfd_.get(), descriptor, 0);
  return proc::Reopen(pid_, descriptor);
}

}  // namespace pidproof::scenarios
