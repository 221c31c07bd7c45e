// The calls under test: each is its namesake in sys.h, with the same answers, and makes the fault
// that is active, if one is (probes/worlds/fault.h). Trials, the handle and the fixtures that act
// for a trial ask by these. The referee, which sets up and observes (stage/, loop/,
// fixtures/referee.h), asks by sys:: only, which never lies; ci/lint holds both to that.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <span>

#include "probes/system/abi.h"
#include "probes/system/fd.h"
#include "probes/system/pidfd_info.h"
#include "probes/system/result.h"
#include "probes/system/sys.h"
#include "scenarios/stage/stub.h"

namespace pidproof::tested {

// Whom a call is about: a pidfd, and the PID that its process has or had. To call another process
// by mistake takes that PID: where it is 0, for not known, no such fault is made.
struct Subject {
  Subject(int its_pidfd, pid_t its_pid = 0) : pidfd(its_pidfd), pid(its_pid) {}
  int pidfd;
  pid_t pid;
};

Result<pid_t> Clone(std::uint64_t flags, int exit_signal, int* pidfd);
Result<pid_t> Clone3(const abi::CloneArgs& args, std::size_t size);
// pidproof::SpawnStub, where the clone itself is what is asked about.
Result<pid_t> SpawnStub(const StubOptions& birth, StubLife life);

inline Result<Fd> PidfdOpen(pid_t pid, unsigned flags) { return sys::PidfdOpen(pid, flags); }
sys::Status PidfdSendSignal(Subject subject, int signal, siginfo_t* info, unsigned flags);
Result<Fd> PidfdGetfd(int pidfd, int target, unsigned flags);

// A fault is made where id_type is P_PIDFD only; a wait by PID is sys::Waitid.
Result<siginfo_t> Waitid(int id_type, Subject subject, int options);
inline sys::Status WaitidInto(int id_type, int id, siginfo_t* info, int options, rusage* usage) {
  return sys::WaitidInto(id_type, id, info, options, usage);
}

// Of a pidfd, and of an epoll instance that watches pidfds only.
Result<short> Poll(int pidfd, short events, int timeout);
Result<int> EpollWait(int epoll, std::span<epoll_event> events, int timeout);

sys::Status Ioctl(int pidfd, unsigned request, std::uintptr_t argument);
// pidproof::GetInfo, asked by the call above.
PidfdInfoReply GetInfo(int pidfd, std::uint64_t mask, unsigned size = abi::kPidfdInfoSize613);

// By pidfd; to join by the file of a namespace is sys::Setns.
sys::Status Setns(int pidfd, int flags);

}  // namespace pidproof::tested
