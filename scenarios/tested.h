// The calls under test: each answers as its namesake in sys.h, but for the fault that is active
// (probes/worlds/fault.h). Trials, the handle and the fixtures that act for a trial use these. The
// referee, which sets up and observes (arena/, loop/, fixtures/referee.h), uses sys:: only, where
// no fault is injected; ci/lint checks both.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <span>

#include "probes/system/abi.h"
#include "probes/system/fd.h"
#include "probes/system/pidfd_info.h"
#include "probes/system/result.h"
#include "probes/system/sys.h"
#include "scenarios/arena/stub.h"

namespace pidproof::scenarios::tested {

// The target of a call: a pidfd, and the PID that its process has or had. The faults that hit a
// stranger need that PID; they are not injected where it is 0 (not known).
struct Subject {
  Subject(int its_pidfd, pid_t its_pid = 0) : pidfd(its_pidfd), pid(its_pid) {}
  int pidfd;
  pid_t pid;
};

Result<pid_t> Clone(std::uint64_t flags, int exit_signal, int* pidfd);
Result<pid_t> Clone3(const abi::CloneArgs& args, std::size_t size);
// pidproof::SpawnStub, where the clone itself is under test.
Result<pid_t> SpawnStub(const StubOptions& options, StubLife life);

inline Result<Fd> PidfdOpen(pid_t pid, unsigned flags) { return sys::PidfdOpen(pid, flags); }
sys::Status PidfdSendSignal(Subject subject, int signal, siginfo_t* info, unsigned flags);
Result<Fd> PidfdGetfd(int pidfd, int target, unsigned flags);

// subject.pidfd: what id_type names, of P_PID a PID. The referee's waits are sys::Waitid.
Result<siginfo_t> Waitid(int id_type, Subject subject, int options);
inline sys::Status WaitidInto(int id_type, int id, siginfo_t* info, int options, rusage* usage) {
  return sys::WaitidInto(id_type, id, info, options, usage);
}

// Of a pidfd, and of an epoll instance that watches pidfds only.
Result<short> Poll(int pidfd, short events, int timeout);
Result<int> EpollWait(int epoll, std::span<epoll_event> events, int timeout);

sys::Status Ioctl(int pidfd, unsigned request, std::uintptr_t argument);
// pidproof::GetInfo through the call above.
PidfdInfoReply GetInfo(int pidfd, std::uint64_t mask, unsigned size = abi::kPidfdInfoSize613);

// By pidfd; a namespace's own file is joined by sys::Setns.
sys::Status Setns(int pidfd, int flags);

}  // namespace pidproof::scenarios::tested
