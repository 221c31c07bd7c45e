// Whom a signal is for: a thread, a process or a process group.
#include <pthread.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "probes/system/require.h"
#include "probes/system/sys.h"
#include "scenarios/fixtures/alike.h"
#include "scenarios/fixtures/thread.h"
#include "scenarios/scenario.h"
#include "scenarios/tested.h"

namespace pidproof {
namespace {

void Block(int signal) {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, signal);
  Require(pthread_sigmask(SIG_BLOCK, &set, nullptr) == 0);
}

bool IsPending(int signal) {
  sigset_t pending;
  Require(sigpending(&pending) == 0);
  return sigismember(&pending, signal) == 1;
}

// A second thread sends this process SIGUSR1, which all threads block, and then both threads look
// for it: what is for the process both see, what is for a thread only that one.
template <typename Send>
Outcome Reached(Send send) {
  Block(SIGUSR1);
  sys::Status sent = 0;
  bool seen_by_sender = false;
  const pthread_t first = pthread_self();
  OnAnotherThread([&] {
    sent = send(first);
    seen_by_sender = IsPending(SIGUSR1);
  });
  if (!sent.ok()) return Outcome::Of(sent);
  const bool seen_by_first = IsPending(SIGUSR1);
  if (seen_by_first) return seen_by_sender ? "whole_process" : "first_thread";
  return seen_by_sender ? "sending_thread" : "nobody";
}

// A second thread sends SIGUSR1 through a pidfd of the process, or of itself.
template <unsigned kFlags>
Outcome ThroughProcess(Arena&) {
  const Fd pidfd = Require(tested::PidfdOpen(getpid(), 0));
  return Reached(
      [&](pthread_t) { return tested::PidfdSendSignal(pidfd.get(), SIGUSR1, nullptr, kFlags); });
}

template <unsigned kFlags>
Outcome ThroughThread(Arena&) {
  return Reached([](pthread_t) {
    const Result<Fd> pidfd = tested::PidfdOpen(gettid(), abi::kPidfdThread);
    if (!pidfd.ok()) return sys::Status::Errno(pidfd.error());
    return tested::PidfdSendSignal(pidfd->get(), SIGUSR1, nullptr, kFlags);
  });
}

Outcome KillProcess(Arena&) {
  return Reached([](pthread_t) { return sys::Kill(getpid(), SIGUSR1); });
}

Outcome KillOwnThreadId(Arena&) {
  return Reached([](pthread_t) { return sys::Kill(gettid(), SIGUSR1); });
}

sys::Status ThreadKill(pthread_t thread) {
  const int error = pthread_kill(thread, SIGUSR1);
  return error == 0 ? sys::Status(0) : sys::Status::Errno(error);
}

Outcome KillFirstThread(Arena&) {
  return Reached([](pthread_t first) { return ThreadKill(first); });
}

Outcome KillOwnThread(Arena&) {
  return Reached([](pthread_t) { return ThreadKill(pthread_self()); });
}

const Registered<Scenario> kProcess{{
    .name = "signal/scope_of_process_pidfd",
    .question = "Whom does a signal reach that a thread sends to its own process?",
    .pidfd_needs = {"pidfd_open", "pidfd_send_signal"},
    .without_pid_namespace = kBothPaths,
    .claims = Both("whole_process", "any thread that does not block it may take it",
                   "pidfd_send_signal(2), signal(7)"),
    .by_pidfd = ThroughProcess<0>,
    .by_number = KillProcess,
}};

const Registered<Scenario> kLeader{{
    .name = "signal/scope_thread_of_process_pidfd",
    .question = "Whom does PIDFD_SIGNAL_THREAD reach through a pidfd of the process?",
    .pidfd_needs = {"pidfd_open", "pidfd_send_signal/thread"},
    .without_pid_namespace = kBothPaths,
    .claims = {{kPidfd, "first_thread", kMust, "the process's pid is also that of its first thread",
                "pidfd_send_signal(2)"},
               {kLegacyPid, "first_thread", kMust, "tgkill names a thread by its id", "tgkill(2)"}},
    .by_pidfd = ThroughProcess<abi::kSignalThread>,
    .by_number = KillFirstThread,
}};

const Registered<Scenario> kThread{{
    .name = "signal/scope_of_thread_pidfd",
    .question = "Whom does a signal reach through a pidfd of a thread?",
    .pidfd_needs = {"pidfd_open/thread", "pidfd_send_signal"},
    .without_pid_namespace = kBothPaths,
    .claims = {{kPidfd, "sending_thread", kMust, "a pidfd of a thread is for that thread",
                "pidfd_send_signal(2)"},
               {kLegacyPid, "sending_thread", kMust, "tgkill names a thread by its id",
                "tgkill(2)"}},
    .by_pidfd = ThroughThread<0>,
    .by_number = KillOwnThread,
}};

const Registered<Scenario> kProcessOfThread{{
    .name = "signal/scope_process_of_thread_pidfd",
    .question = "Whom does PIDFD_SIGNAL_THREAD_GROUP reach through a pidfd of a thread?",
    .pidfd_needs = {"pidfd_open/thread", "pidfd_send_signal/thread_group"},
    .without_pid_namespace = kBothPaths,
    .claims = {{kPidfd, "whole_process", kMust, "the process that the thread is of",
                "pidfd_send_signal(2)"},
               {kLegacyPid, "whole_process", kMust, "kill(2) takes a thread's id for its process",
                "kernel/signal.c kill_something_info"}},
    .by_pidfd = ThroughThread<abi::kSignalThreadGroup>,
    .by_number = KillOwnThreadId,
}};

// The si_code with which this thread gets what it sent itself.
template <typename Send>
Outcome CodeOf(Send send) {
  Block(SIGUSR1);
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGUSR1);
  const Fd kept(signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK));
  const sys::Status sent = send();
  if (!sent.ok()) return Outcome::Of(sent);
  signalfd_siginfo got{};
  if (read(kept.get(), &got, sizeof got) != sizeof got) return "nothing_came";
  return got.ssi_code == SI_USER ? "si_user" : got.ssi_code == SI_TKILL ? "si_tkill" : "other_code";
}

template <unsigned kFlags>
Outcome CodeWith(Arena&) {
  const Fd pidfd = Require(tested::PidfdOpen(getpid(), 0));
  return CodeOf([&] { return tested::PidfdSendSignal(pidfd.get(), SIGUSR1, nullptr, kFlags); });
}

const Registered<Scenario> kCodeProcess{{
    .name = "signal/code_for_process",
    .question = "What si_code has a signal for a process?",
    .pidfd_needs = {"pidfd_open", "pidfd_send_signal"},
    .without_pid_namespace = kBothPaths,
    .claims = {{kPidfd, "si_user", kMust, "without a siginfo_t it is as if kill(2) had sent it",
                "pidfd_send_signal(2)"},
               {kLegacyPid, "si_user", kMust, "that marks kill(2)", "sigaction(2)"}},
    .by_pidfd = CodeWith<0>,
    .by_number = [](Arena&) -> Outcome {
      return CodeOf([] { return sys::Kill(getpid(), SIGUSR1); });
    },
}};

const Registered<Scenario> kCodeThread{{
    .name = "signal/code_for_thread",
    .question = "What si_code has a signal for a thread?",
    .pidfd_needs = {"pidfd_open", "pidfd_send_signal/thread"},
    .without_pid_namespace = kBothPaths,
    .claims = {{kPidfd, "si_tkill", kMust, "it is as if tgkill(2) had sent it",
                "kernel/signal.c pidfd_send_signal"},
               {kLegacyPid, "si_tkill", kMust, "that marks tgkill(2)", "sigaction(2)"}},
    .by_pidfd = CodeWith<abi::kSignalThread>,
    .by_number = [](Arena&) -> Outcome {
      return CodeOf([] { return ThreadKill(pthread_self()); });
    },
}};

const Registered<Scenario> kSelfProcess{{
    .name = "signal/self_process",
    .question = "Whom does PIDFD_SELF_THREAD_GROUP stand for?",
    .pidfd_needs = {"self/send_signal_process"},
    .without_pid_namespace = kBothPaths,
    .claims = {{kPidfd, "whole_process", kMust, "for the caller's process",
                "Linux 6.15 include/uapi/linux/pidfd.h"},
               {kLegacyPid, "whole_process", kMust, "getpid tells a process its number",
                "getpid(2)"}},
    .by_pidfd = [](Arena&) -> Outcome {
      return Reached([](pthread_t) {
        const sys::Status sent = tested::PidfdSendSignal(abi::kSelfProcess, SIGUSR1, nullptr, 0);
        if (sent.error() != EBADF) return sent;
        return tested::PidfdSendSignal(abi::kSelfProcessAtFirst, SIGUSR1, nullptr, 0);
      });
    },
    .by_number = KillProcess,
}};

const Registered<Scenario> kSelfThread{{
    .name = "signal/self_thread",
    .question = "Whom does PIDFD_SELF_THREAD stand for?",
    .pidfd_needs = {"self/send_signal_thread"},
    .without_pid_namespace = kBothPaths,
    .claims = {{kPidfd, "sending_thread", kMust, "for the calling thread",
                "Linux 6.15 include/uapi/linux/pidfd.h"},
               {kLegacyPid, "sending_thread", kMust, "a thread can name itself", "tgkill(2)"}},
    .by_pidfd = [](Arena&) -> Outcome {
      return Reached(
          [](pthread_t) { return tested::PidfdSendSignal(abi::kSelfThread, SIGUSR1, nullptr, 0); });
    },
    .by_number = KillOwnThread,
}};

const Registered<Scenario> kSelfValue{{
    .name = "signal/self_process_value",
    .question = "Which number is PIDFD_SELF_THREAD_GROUP?",
    .pidfd_needs = {"self/send_signal_process"},
    .without_pid_namespace = kPidfdOnly,
    .claims = {{kPidfd, "minus_10001", kMust, "it was moved next to PIDFD_SELF_THREAD",
                "Linux 6.17 include/uapi/linux/pidfd.h", &eras::kSelfMoved},
               {kPidfd,
                "minus_20000",
                kMay,
                "programs built for 6.15 or 6.16 get EBADF later",
                "Linux 6.15 include/uapi/linux/pidfd.h",
                {},
                &eras::kSelfMoved}},
    .by_pidfd = [](Arena&) -> Outcome {
      const auto knows = [](int self) {
        return tested::PidfdSendSignal(self, 0, nullptr, 0).error() != EBADF;
      };
      const bool first = knows(abi::kSelfProcessAtFirst);
      if (knows(abi::kSelfProcess)) return first ? "both" : "minus_10001";
      return first ? "minus_20000" : "neither";
    },
    .not_possible_by_pid = "kill(2) needs no stand-in: a process knows its number",
}};

// Calls that ask for a descriptor and nothing else.
const Registered<Scenario> kSelfElsewhere{{
    .name = "signal/self_as_descriptor",
    .question = "Do pidfd_getfd, setns and ioctl take PIDFD_SELF_THREAD for a pidfd?",
    .pidfd_needs = {"self/send_signal_thread", "pidfd_getfd", "setns/pidfd", "ioctl/info"},
    .without_pid_namespace = kPidfdOnly,
    .claims = {{kPidfd, "ebadf", kMust, "it is no descriptor; only three calls know the value",
                "Linux 6.15 kernel/pid.c pidfd_get_task"}},
    .by_pidfd = [](Arena&) -> Outcome {
      using Call = int (*)(int);
      return SameForEach<Call>(
          {[](int self) { return tested::PidfdGetfd(self, 0, 0).error(); },
           [](int self) { return tested::Setns(self, CLONE_NEWUTS).error(); },
           [](int self) { return tested::Ioctl(self, abi::PidfdIoctl(1), 0).error(); }},
          [](Call call) { return Outcome::Of(call(abi::kSelfThread)); });
    },
    .not_possible_by_pid = "no call takes a number in place of a descriptor",
}};

const Registered<Scenario> kSelfWait{{
    .name = "signal/self_waited_for",
    .question = "Can a thread wait for PIDFD_SELF_THREAD?",
    .pidfd_needs = {"self/send_signal_thread", "waitid/p_pidfd"},
    .without_pid_namespace = kBothPaths,
    .claims = {{kPidfd, "einval", kMust, "waitid takes no negative descriptor", "kernel/exit.c"},
               {kLegacyPid, "echild", kMust, "nobody is a child of their own", "wait(2)"}},
    .by_pidfd = [](Arena&) -> Outcome {
      return Outcome::Of(
          tested::Waitid(abi::kIdPidfd, abi::kSelfThread, WEXITED | WNOHANG).error());
    },
    .by_number = [](Arena&) -> Outcome {
      return Outcome::Of(sys::Waitid(P_PID, getpid(), WEXITED | WNOHANG).error());
    },
}};

}  // namespace
}  // namespace pidproof
