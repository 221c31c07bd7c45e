// process_madvise and process_mrelease: what they refuse, and whose memory they find.
#include <poll.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <unistd.h>

#include <array>

#include "probes/system/require.h"
#include "probes/system/sys.h"
#include "scenarios/fixtures/alike.h"
#include "scenarios/fixtures/call_in_child.h"
#include "scenarios/fixtures/process_state.h"
#include "scenarios/fixtures/thread.h"
#include "scenarios/scenario.h"
#include "scenarios/tested.h"

namespace pidproof::scenarios::conformance::memory_errors {
namespace {

constexpr char kOwnOnly[] = "madvise(2) only affects the caller's own memory";
constexpr char kNoRelease[] = "no call takes a PID to release memory of";

// The errno of a call.
using Call = int (*)(int pidfd);

int Advise(int pidfd) { return sys::ProcessMadvise(pidfd, {}, abi::kMadvCold, 0).error(); }

int Release(int pidfd) { return sys::ProcessMrelease(pidfd, 0).error(); }

template <ProcessState kState, Call kCall>
Outcome On(Arena& arena) {
  return In(kState, arena, [](int pidfd) { return Outcome::Of(kCall(pidfd)); });
}

const Registered<Conformance> kAdviseZombie{{
    .name = "memory/advise_zombie",
    .question = "What is the error of process_madvise for a zombie?",
    .without_pid_namespace = kPidfdOnly,
    .pidfd = {.needs = {"pidfd_open", "process_madvise"},
              .claims = {Must("esrch", "its memory was released when it ended",
                              "process_madvise(2)")},
              .ask = On<ProcessState::kZombie, Advise>},
    .legacy = NotPossible(kOwnOnly),
}};

const Registered<Conformance> kAdviseDead{{
    .name = "memory/advise_dead",
    .question = "What is the error of process_madvise for a reaped process?",
    .without_pid_namespace = kPidfdOnly,
    .pidfd = {.needs = {"pidfd_open", "process_madvise"},
              .claims = {Must("esrch", "the process has terminated and been waited for",
                              "process_madvise(2)")},
              .ask = On<ProcessState::kDead, Advise>},
    .legacy = NotPossible(kOwnOnly),
}};

const Registered<Conformance> kReleaseAlive{{
    .name = "memory/release_alive",
    .question = "Can process_mrelease release the memory of a live process?",
    .without_pid_namespace = kPidfdOnly,
    .pidfd = {.needs = {"pidfd_open", "process_mrelease"},
              .claims = {Must("einval", "only a killed process can have its memory released",
                              "process_mrelease(2)")},
              .ask = On<ProcessState::kAlive, Release>},
    .legacy = NotPossible(kNoRelease),
}};

const Registered<Conformance> kReleaseZombie{{
    .name = "memory/release_zombie",
    .question = "What is the error of process_mrelease for a zombie?",
    .without_pid_namespace = kPidfdOnly,
    .pidfd = {.needs = {"pidfd_open", "process_mrelease"},
              .claims = {Must("esrch", "its memory was released when it ended",
                              "mm/oom_kill.c process_mrelease")},
              .ask = On<ProcessState::kZombie, Release>},
    .legacy = NotPossible(kNoRelease),
}};

const Registered<Conformance> kReleaseDead{{
    .name = "memory/release_dead",
    .question = "What is the error of process_mrelease for a reaped process?",
    .without_pid_namespace = kPidfdOnly,
    .pidfd = {.needs = {"pidfd_open", "process_mrelease"},
              .claims = {Must("esrch", "the process has terminated and been waited for",
                              "process_mrelease(2)")},
              .ask = On<ProcessState::kDead, Release>},
    .legacy = NotPossible(kNoRelease),
}};

// A thread of the trial that has ended; the trial itself lives.
template <Call kCall>
Outcome OfEndedThread(Arena&) {
  Fd thread;
  OnAnotherThread([&] { thread = Require(tested::PidfdOpen(gettid(), abi::kPidfdThread)); });
  Require(tested::Poll(thread.get(), POLLIN, -1));
  return Outcome::Of(kCall(thread.get()));
}

constexpr char kThreadEnded[] = "the thread has ended, though its process has memory";

const Registered<Conformance> kAdviseEndedThread{{
    .name = "memory/advise_dead_thread",
    .question = "What is the error of process_madvise for a thread that has ended?",
    .without_pid_namespace = kPidfdOnly,
    .pidfd = {.needs = {"pidfd_open/thread", "poll", "process_madvise"},
              .claims = {Must("esrch", kThreadEnded,
                              "process_madvise(2), kernel/pid.c "
                              "pidfd_get_task")},
              .ask = OfEndedThread<Advise>},
    .legacy = NotPossible(kOwnOnly),
}};

const Registered<Conformance> kReleaseEndedThread{{
    .name = "memory/release_dead_thread",
    .question = "What is the error of process_mrelease for a thread that has ended?",
    .without_pid_namespace = kPidfdOnly,
    .pidfd = {.needs = {"pidfd_open/thread", "poll", "process_mrelease"},
              .claims = {Must("esrch", kThreadEnded,
                              "process_mrelease(2), kernel/pid.c "
                              "pidfd_get_task")},
              .ask = OfEndedThread<Release>},
    .legacy = NotPossible(kNoRelease),
}};

// Stops in its exit (PTRACE_O_TRACEEXIT), while it still has its memory.
int EndsTraced(int) {
  if (ptrace(PTRACE_TRACEME, 0, nullptr, nullptr) < 0) return kCannot;
  raise(SIGSTOP);
  return 0;
}

const Registered<Conformance> kReleaseDying{{
    .name = "memory/release_dying",
    .question = "Can process_mrelease release the memory of a dying process?",
    .without_pid_namespace = kPidfdOnly,
    .pidfd = {.needs = {"pidfd_open", "process_mrelease"},
              .claims = {Must("ok", "this is the purpose of the call", "process_mrelease(2)")},
              .ask = [](Arena& arena) -> Outcome {
                Child child = arena.Spawn(EndsTraced);
                const Fd pidfd = Require(tested::PidfdOpen(child.pid(), 0));
                const siginfo_t begun =
                    Require(sys::Waitid(P_PID, child.pid(), WSTOPPED | WEXITED | WNOWAIT));
                if (begun.si_code == CLD_EXITED)
                  throw Unsupported("a process cannot be traced here");
                Require(ptrace(PTRACE_SETOPTIONS, child.pid(), nullptr,
                               PTRACE_O_EXITKILL | PTRACE_O_TRACEEXIT) == 0);
                // The next stop is in its exit, before its memory is released.
                Require(ptrace(PTRACE_CONT, child.pid(), nullptr, nullptr) == 0);
                const siginfo_t ending = Require(sys::Waitid(P_PID, child.pid(), WSTOPPED));
                Require(ending.si_status == (SIGTRAP | PTRACE_EVENT_EXIT << 8));
                const int released = Release(pidfd.get());
                Require(ptrace(PTRACE_DETACH, child.pid(), nullptr, nullptr) == 0);
                child.Reap();
                return Outcome::Of(released);
              }},
    .legacy = NotPossible(kNoRelease),
}};

template <Call kCall>
Outcome OnNoPidfd(Arena&) {
  const Fd memory(memfd_create("pidproof", MFD_CLOEXEC));
  return SameForEach({-1, memory.get()}, [](int fd) { return Outcome::Of(kCall(fd)); });
}

const Registered<Conformance> kAdviseNoPidfd{{
    .name = "memory/advise_not_a_pidfd",
    .question = "What is the error of process_madvise for a descriptor that is not a pidfd?",
    .without_pid_namespace = kPidfdOnly,
    .pidfd = {.needs = {"pidfd_open", "process_madvise"},
              .claims = {Must("ebadf", "the descriptor is closed or of another kind",
                              "process_madvise(2)")},
              .ask = OnNoPidfd<Advise>},
    .legacy = NotPossible(kOwnOnly),
}};

const Registered<Conformance> kReleaseNoPidfd{{
    .name = "memory/release_not_a_pidfd",
    .question = "Does process_mrelease refuse what is not a pidfd?",
    .without_pid_namespace = kPidfdOnly,
    .pidfd = {.needs = {"pidfd_open", "process_mrelease"},
              .claims = {Must("ebadf", "the descriptor is closed or of another kind",
                              "process_mrelease(2)")},
              .ask = OnNoPidfd<Release>},
    .legacy = NotPossible(kNoRelease),
}};

const Registered<Conformance> kAdviseFlags{{
    .name = "memory/advise_unknown_flag",
    .question = "Does process_madvise check the flags before the pidfd?",
    .without_pid_namespace = kPidfdOnly,
    .pidfd = {.needs = {"pidfd_open", "process_madvise"},
              .claims = {Must("einval", "flags are reserved and checked first",
                              "process_madvise(2), mm/madvise.c")},
              .ask = [](Arena&) -> Outcome {
                return Outcome::Of(sys::ProcessMadvise(-1, {}, abi::kMadvCold, 1).error());
              }},
    .legacy = NotPossible(kOwnOnly),
}};

const Registered<Conformance> kReleaseFlags{{
    .name = "memory/release_unknown_flag",
    .question = "Does process_mrelease refuse unknown flags?",
    .without_pid_namespace = kPidfdOnly,
    .pidfd = {.needs = {"pidfd_open", "process_mrelease"},
              .claims = {Must("einval", "flags are reserved and checked first",
                              "process_mrelease(2), mm/oom_kill.c")},
              .ask = [](Arena&) -> Outcome { return Outcome::Of(sys::ProcessMrelease(-1, 1)); }},
    .legacy = NotPossible(kNoRelease),
}};

const Registered<Conformance> kTooMany{{
    .name = "memory/advise_too_many_ranges",
    .question = "Does process_madvise check the number of ranges before the pidfd?",
    .without_pid_namespace = kPidfdOnly,
    .pidfd = {.needs = {"pidfd_open", "process_madvise"},
              .claims = {Must("einval",
                              "IOV_MAX is 1024, and ranges are read before the pidfd is looked up",
                              "process_madvise(2), mm/madvise.c")},
              .ask = [](Arena&) -> Outcome {
                const std::array<iovec, 1025> ranges{};
                return Outcome::Of(sys::ProcessMadvise(-1, ranges, abi::kMadvCold, 0).error());
              }},
    .legacy = NotPossible(kOwnOnly),
}};

const Registered<Conformance> kBadAddress{{
    .name = "memory/advise_bad_address",
    .question = "What is the error of process_madvise for a range list that cannot be read?",
    .without_pid_namespace = kPidfdOnly,
    .pidfd = {.needs = {"pidfd_open", "process_madvise"},
              .claims = {Must("efault", "the list lies outside the caller's memory",
                              "process_madvise(2)")},
              .ask = [](Arena& arena) -> Outcome {
                const Child child = arena.Spawn(body::Lingers);
                const Fd pidfd = Require(tested::PidfdOpen(child.pid(), 0));
                const auto* const nowhere = reinterpret_cast<const iovec*>(16);
                return Outcome::Of(
                    sys::ProcessMadvise(pidfd.get(), {nowhere, 1}, abi::kMadvCold, 0).error());
              }},
    .legacy = NotPossible(kOwnOnly),
}};

template <Call kCall>
Outcome AsStranger(Arena& arena) {
  const Child child = arena.Spawn(body::Lingers);
  const Fd pidfd = Require(tested::PidfdOpen(child.pid(), 0));
  return CallUnprivileged(arena, [&] { return kCall(pidfd.get()); });
}

const Registered<Conformance> kAdviseStranger{{
    .name = "memory/advise_by_another_user",
    .question = "Can another user advise about a process by process_madvise?",
    .without_pid_namespace = kPidfdOnly,
    .pidfd = {.needs = {"pidfd_open", "process_madvise"},
              .claims = {Must(
                  "eacces",
                  "a caller that cannot trace the process gets EACCES (the manual says EPERM)",
                  "mm/madvise.c process_madvise, mm_access")},
              .ask = AsStranger<Advise>},
    .legacy = NotPossible(kOwnOnly),
}};

const Registered<Conformance> kReleaseStranger{{
    .name = "memory/release_by_another_user",
    .question =
        "Does process_mrelease by another user check permission before it refuses a live process?",
    .without_pid_namespace = kPidfdOnly,
    .pidfd = {.needs = {"pidfd_open", "process_mrelease"},
              .claims = {Must("einval",
                              "only that the process lives counts: no permission is checked",
                              "mm/oom_kill.c process_mrelease")},
              .ask = AsStranger<Release>},
    .legacy = NotPossible(kNoRelease),
}};

}  // namespace
}  // namespace pidproof::scenarios::conformance::memory_errors
