// What each call returns for a thread that has exited while its process is not reaped, and for a
// process whose first thread has exited while others run.
#include <poll.h>
#include <signal.h>
#include <sys/mman.h>

#include "probes/system/require.h"
#include "probes/system/sys.h"
#include "scenarios/fixtures/threaded.h"
#include "scenarios/handle.h"
#include "scenarios/scenario.h"
#include "scenarios/tested.h"

namespace pidproof::scenarios::conformance::threads_gone {
namespace {

constexpr char kNoThread[] = "the call takes no TID";
constexpr char kGone[] = "threads are not waited for: this one is gone at once";

Outcome Signalled(int pidfd) { return Outcome::Of(tested::PidfdSendSignal(pidfd, 0, nullptr, 0)); }
Outcome Fetched(int pidfd) { return Outcome::Of(tested::PidfdGetfd(pidfd, 0, 0).error()); }
Outcome Advised(int pidfd) {
  const iovec empty{};
  return Outcome::Of(sys::ProcessMadvise(pidfd, {&empty, 1}, abi::kMadvCold, 0).error());
}
Outcome Released(int pidfd) { return Outcome::Of(sys::ProcessMrelease(pidfd, 0)); }

// A thread that is gone although its process is not reaped: a leader becomes a zombie that can be
// waited for only once all other threads are released.
struct DeadThread {
  explicit DeadThread(Arena& arena)
      : threaded(Threaded::Make(arena)),
        pidfd(Require(tested::PidfdOpen(threaded.other, abi::kPidfdThread))) {
    threaded.child.Kill();
    threaded.child.AwaitZombie();
  }
  Threaded threaded;
  Fd pidfd;
};

template <auto kVerb>
Outcome OfDeadThread(Arena& arena) {
  const DeadThread dead(arena);
  return kVerb(dead.pidfd.get());
}

const Registered<Conformance> kSignalDead{{
    .name = "signal/dead_thread",
    .question = "What is the error of signalling a thread that has exited, before its process is "
                "reaped?",
    .claims = {Must("esrch", kGone, "pidfd_send_signal(2), tgkill(2)")},
    .pidfd = {.needs = {"pidfd_open/thread", "pidfd_send_signal"}, .ask = OfDeadThread<Signalled>},
    .legacy = {.ask = [](Arena& arena) -> Outcome {
      const Threaded threaded = Threaded::Make(arena);
      threaded.child.Kill();
      threaded.child.AwaitZombie();
      return Outcome::Of(sys::Kill(threaded.other, 0));
    }},
}};

const Registered<Conformance> kFetchDead{{
    .name = "getfd/dead_thread",
    .question = "What is the error of pidfd_getfd for a thread that has exited?",
    .without_pid_namespace = kPidfdOnly,
    .pidfd = {.needs = {"pidfd_open/thread", "pidfd_getfd"},
              .claims = {Must("esrch", kGone, "pidfd_getfd(2)")},
              .ask = OfDeadThread<Fetched>},
    .legacy = NotPossible("the TID in that /proc may differ from ours"),
}};

const Registered<Conformance> kPollDead{{
    .name = "ready/dead_thread_bits",
    .question = "Which bits does poll report for a thread that has exited, before its process is "
                "reaped?",
    .without_pid_namespace = kPidfdOnly,
    .pidfd = {.needs = {"pidfd_open/thread", "poll"},
              .claims = {Must("in_hup", kGone, "Linux 6.9 pidfd_poll")},
              .ask = OfDeadThread<[](int pidfd) -> Outcome {
                const Result<short> ready = tested::Poll(pidfd, POLLIN, 0);
                if (!ready.ok()) return Outcome::Of(ready.error());
                return *ready == (POLLIN | POLLHUP) ? "in_hup" : *ready == POLLIN ? "in" : "none";
              }>},
    .legacy = NotPossible("a TID can only be queried repeatedly"),
}};

// The second thread of a child that runs.
template <auto kVerb>
Outcome OfThread(Arena& arena) {
  const Threaded threaded = Threaded::Make(arena);
  return kVerb(Require(tested::PidfdOpen(threaded.other, abi::kPidfdThread)).get());
}

const Registered<Conformance> kAdviseThread{{
    .name = "memory/advise_thread",
    .question = "Does process_madvise accept a pidfd of a thread?",
    .without_pid_namespace = kPidfdOnly,
    .pidfd = {.needs = {"pidfd_open/thread", "process_madvise"},
              .claims = {Must("esrch", "it looks for the first thread of a process",
                              "kernel/pid.c pidfd_get_task")},
              .ask = OfThread<Advised>},
    .legacy = NotPossible(kNoThread),
}};

const Registered<Conformance> kReleaseThread{{
    .name = "memory/release_thread",
    .question = "Does process_mrelease accept a pidfd of a thread?",
    .without_pid_namespace = kPidfdOnly,
    .pidfd = {.needs = {"pidfd_open/thread", "process_mrelease"},
              .claims = {Must("esrch", "it looks for the first thread of a process",
                              "kernel/pid.c pidfd_get_task")},
              .ask = OfThread<Released>},
    .legacy = NotPossible(kNoThread),
}};

// A process whose first thread has exited, by a pidfd of that kind.
template <unsigned kKind, auto kVerb>
Outcome OfLeaderless(Arena& arena) {
  const Leaderless made = Leaderless::Make(arena);
  return kVerb(Require(tested::PidfdOpen(made.child.pid(), kKind)).get());
}

const Registered<Conformance> kAdviseLeaderless{{
    .name = "memory/advise_leader_gone",
    .question = "Can process_madvise advise about a process whose thread-group leader has exited?",
    .without_pid_namespace = kPidfdOnly,
    .pidfd = {.needs = {"pidfd_open", "process_madvise"},
              .claims = {Hazard("esrch", "only the first thread is asked, which has no memory left",
                                "mm/madvise.c process_madvise, mm_access")},
              .ask = OfLeaderless<0, Advised>},
    .legacy = NotPossible("madvise(2) only affects the caller's own memory"),
}};

const Registered<Conformance> kReleaseLeaderless{{
    .name = "memory/release_leader_gone",
    .question = "Does process_mrelease take a process whose thread-group leader has exited for a "
                "dying one?",
    .without_pid_namespace = kPidfdOnly,
    .pidfd = {.needs = {"pidfd_open", "process_mrelease"},
              .claims = {Must("einval", "another thread still uses the memory",
                              "mm/oom_kill.c process_mrelease, find_lock_task_mm")},
              .ask = OfLeaderless<0, Released>},
    .legacy = NotPossible("no call by PID releases memory"),
}};

// Sends SIGKILL, and then lets the other thread exit: how the process has ended.
template <typename Send>
Outcome KillLeaderless(Arena& arena, Send send) {
  Leaderless made = Leaderless::Make(arena);
  const sys::Status sent = send(made.child.pid());
  if (!sent.ok()) return Outcome::Of(sent);
  made.child.Open();
  return made.child.Reap().si_code == CLD_KILLED ? "killed" : "lost";
}

sys::Status KillBy(pid_t pid, unsigned kind, unsigned flags) {
  const Fd pidfd = Require(tested::PidfdOpen(pid, kind));
  return tested::PidfdSendSignal(pidfd.get(), SIGKILL, nullptr, flags);
}

Outcome KillLeaderlessByPid(Arena& arena) {
  return KillLeaderless(arena, [](pid_t pid) { return sys::Kill(pid, SIGKILL); });
}

const Registered<Conformance> kKillLeaderless{{
    .name = "signal/leader_gone",
    .question = "Can a process be killed when the thread-group leader has exited and others run?",
    .without_pid_namespace = kBothPaths,
    .claims = {Must("killed", "the signal is for the process, and any of its threads can take it",
                    "kill(2), pidfd_send_signal(2)")},
    .pidfd = {.needs = {"pidfd_open", "pidfd_send_signal"},
              .ask =
                  [](Arena& arena) {
                    return KillLeaderless(arena, [](pid_t pid) { return KillBy(pid, 0, 0); });
                  }},
    .legacy = {.ask = KillLeaderlessByPid},
}};

const Registered<Conformance> kKillLeaderThread{{
    .name = "signal/leader_thread_gone",
    .question = "Does SIGKILL to the exited first thread end the process when other threads run?",
    .without_pid_namespace = kBothPaths,
    .pidfd = {.needs = {"pidfd_open/thread", "pidfd_send_signal/thread"},
              .claims = {Hazard("lost", "it stays pending for a thread that will not run again",
                                "kernel/signal.c complete_signal")},
              .ask =
                  [](Arena& arena) {
                    return KillLeaderless(
                        arena, [](pid_t pid) { return KillBy(pid, abi::kPidfdThread, 0); });
                  }},
    .legacy = {.claims = {Must("killed", "kill(2) takes its TID for the process", "kill(2)")},
               .ask = KillLeaderlessByPid},
}};

const Registered<Conformance> kKillGroupOfLeader{{
    .name = "signal/leader_thread_gone_group",
    .question = "Does PIDFD_SIGNAL_THREAD_GROUP reach the process through its exited first thread?",
    .without_pid_namespace = kPidfdOnly,
    .pidfd = {.needs = {"pidfd_open/thread", "pidfd_send_signal/thread_group"},
              .claims = {Must("killed", "the flag counts, not the kind of the pidfd",
                              "pidfd_send_signal(2)")},
              .ask =
                  [](Arena& arena) {
                    return KillLeaderless(arena, [](pid_t pid) {
                      return KillBy(pid, abi::kPidfdThread, abi::kSignalThreadGroup);
                    });
                  }},
    .legacy = NotPossible("the same as signal/leader_gone"),
}};

}  // namespace
}  // namespace pidproof::scenarios::conformance::threads_gone
