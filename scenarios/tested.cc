#include "scenarios/tested.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>

#include <cstring>
#include <utility>

#include "probes/worlds/fault.h"

namespace pidproof::scenarios::tested {

namespace {

using fault::Makes;

Result<Fd> Copy(int fd) {
  Fd copy(fcntl(fd, F_DUPFD_CLOEXEC, 0));
  return copy ? Result<Fd>(std::move(copy)) : Result<Fd>::Errno(errno);
}

// The races ask often: where no fault is active, it costs them this branch and no more.
bool NoneIsActive() { return fault::played == Fault::kNone; }

bool IsZombie(int pidfd) {
  const Result<short> ended = sys::Poll(pidfd, POLLIN, 0);
  return ended.ok() && *ended != 0 && sys::PidfdSendSignal(pidfd, 0, nullptr, 0).ok();
}

Result<pid_t> Cloned(Result<pid_t> made) {
  if (made.error() == EMFILE && Makes(Fault::kChildLeft)) {
    static_cast<void>(scenarios::SpawnStub({.flags = CLONE_VM}, StubLife::kExits));
  }
  return made;
}

// The last status that was reported, for the fault that reports it twice.
siginfo_t handed_out{};

Result<siginfo_t> WithFaults(Result<siginfo_t> waited, Subject subject, int options) {
  const bool reported = waited.ok() && waited->si_pid != 0;
  if (reported) handed_out = *waited;
  if (waited.error() == ECHILD && Makes(Fault::kStatusTwice)) return handed_out;
  if (waited.error() == ECHILD && subject.pid != 0 && Makes(Fault::kWaitStranger)) {
    return sys::Waitid(P_PID, subject.pid, options);
  }
  if (reported && Makes(Fault::kStatusLost)) return Result<siginfo_t>::Errno(ECHILD);
  if (reported && Makes(Fault::kStatusWrong)) ++waited->si_status;
  return waited;
}

}  // namespace

Result<pid_t> Clone(std::uint64_t flags, int exit_signal, int* pidfd) {
  return Cloned(sys::Clone(flags, exit_signal, pidfd));
}

Result<pid_t> Clone3(const abi::CloneArgs& args, std::size_t size) {
  return Cloned(sys::Clone3(args, size));
}

Result<pid_t> SpawnStub(const StubOptions& options, StubLife life) {
  return Cloned(scenarios::SpawnStub(options, life));
}

sys::Status PidfdSendSignal(Subject subject, int signal, siginfo_t* info, unsigned flags) {
  if (NoneIsActive()) return sys::PidfdSendSignal(subject.pidfd, signal, info, flags);
  if (signal != 0 && Makes(Fault::kSignalLost)) return 0;
  const sys::Status sent = sys::PidfdSendSignal(subject.pidfd, signal, info, flags);
  if (sent.error() == ESRCH && subject.pid != 0 && Makes(Fault::kSignalStranger)) {
    return sys::Kill(subject.pid, signal);
  }
  const bool of_zombie =
      fault::played == Fault::kZombieDead && sent.ok() && IsZombie(subject.pidfd);
  return of_zombie && Makes(Fault::kZombieDead) ? sys::Status::Errno(ESRCH) : sent;
}

Result<Fd> PidfdGetfd(int pidfd, int target, unsigned flags) {
  if (Makes(Fault::kWrongFile)) return Copy(pidfd);
  Result<Fd> taken = sys::PidfdGetfd(pidfd, target, flags);
  if (!taken.ok() && Makes(Fault::kFileLeft)) fcntl(pidfd, F_DUPFD_CLOEXEC, 0);
  return taken;
}

Result<siginfo_t> Waitid(int id_type, Subject subject, int options) {
  if (NoneIsActive()) return sys::Waitid(id_type, subject.pidfd, options);
  if (id_type == abi::kIdPidfd && (fcntl(subject.pidfd, F_GETFL) & O_NONBLOCK) != 0 &&
      IsZombie(subject.pidfd) && Makes(Fault::kEagainAfterExit)) {
    return Result<siginfo_t>::Errno(EAGAIN);
  }
  return WithFaults(sys::Waitid(id_type, subject.pidfd, options), subject, options);
}

Result<short> Poll(int pidfd, short events, int timeout) {
  if (NoneIsActive()) return sys::Poll(pidfd, events, timeout);
  const Result<short> ready = sys::Poll(pidfd, events, timeout);
  if (!ready.ok()) return ready;
  if (*ready == 0 && Makes(Fault::kEarlyWakeup)) return events;
  if (*ready != 0 && Makes(Fault::kLostWakeup)) return static_cast<short>(0);
  return ready;
}

Result<int> EpollWait(int epoll, std::span<epoll_event> events, int timeout) {
  const Result<int> count = sys::EpollWait(epoll, events, timeout);
  if (count.ok() && *count > 0 && Makes(Fault::kLostWakeup)) return *count - 1;
  return count;
}

sys::Status Ioctl(int pidfd, unsigned request, std::uintptr_t argument) {
  const bool asks_info = (request & 0xffff) == (abi::PidfdGetInfo(0) & 0xffff);
  if (asks_info && Makes(Fault::kInfoEsrch)) return sys::Status::Errno(ESRCH);
  if (asks_info && Makes(Fault::kInfoEmpty)) {
    std::memset(reinterpret_cast<void*>(argument), 0, sizeof(std::uint64_t));  // the mask
    return 0;
  }
  constexpr unsigned kPidNamespace = abi::kGetPidNamespace;
  constexpr unsigned kUtsNamespace = abi::kGetUtsNamespace;
  if (request == kPidNamespace && Makes(Fault::kWrongNamespace)) request = kUtsNamespace;
  const sys::Status done = sys::Ioctl(pidfd, request, argument);
  if (asks_info && done.ok() && fault::played == Fault::kInfoWrong) {
    auto& info = *reinterpret_cast<abi::PidfdInfo*>(argument);
    if ((info.mask & abi::kInfoExit) != 0 && Makes(Fault::kInfoWrong)) ++info.exit_code;
  }
  return done;
}

PidfdInfoReply GetInfo(int pidfd, std::uint64_t mask, unsigned size) {
  return pidproof::GetInfo(pidfd, mask, size, Ioctl);
}

sys::Status Setns(int pidfd, int flags) {
  if (Makes(Fault::kWrongNamespace)) return 0;
  return sys::Setns(pidfd, flags);
}

}  // namespace pidproof::scenarios::tested
