// What a signal is directed at: a thread, a process or a process group.
#include <pthread.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "probes/system/require.h"
#include "probes/system/sys.h"
#include "scenarios/fixtures/alike.h"
#include "scenarios/fixtures/thread.h"
#include "scenarios/scenario.h"
#include "scenarios/tested.h"

namespace pidproof::scenarios::conformance::signal_scope {
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

// A second thread sends this process SIGUSR1, which all threads block, and then both look for it:
// both see a signal to the process, only the target sees one to a thread.
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

const Registered<Conformance> kProcess{{
    .name = "signal/scope_of_process_pidfd",
    .question = "Which thread receives a signal that a thread sends to its own process?",
    .without_pid_namespace = kBothPaths,
    .claims = {Must("whole_process", "any thread that does not block it can receive it",
                    "pidfd_send_signal(2), signal(7)")},
    .pidfd = {.needs = {"pidfd_open", "pidfd_send_signal"}, .ask = ThroughProcess<0>},
    .legacy = {.ask = KillProcess},
}};

const Registered<Conformance> kLeader{{
    .name = "signal/scope_thread_of_process_pidfd",
    .question = "Which thread does PIDFD_SIGNAL_THREAD reach by a pidfd of the process?",
    .without_pid_namespace = kBothPaths,
    .pidfd = {.needs = {"pidfd_open", "pidfd_send_signal/thread"},
              .claims = {Must("first_thread",
                              "the process's PID is also the TID of its first thread",
                              "pidfd_send_signal(2)")},
              .ask = ThroughProcess<abi::kSignalThread>},
    .legacy = {.claims = {Must("first_thread", "tgkill names a thread by its TID", "tgkill(2)")},
               .ask = KillFirstThread},
}};

const Registered<Conformance> kThread{{
    .name = "signal/scope_of_thread_pidfd",
    .question = "Which thread receives a signal that is sent by a pidfd of a thread?",
    .without_pid_namespace = kBothPaths,
    .pidfd = {.needs = {"pidfd_open/thread", "pidfd_send_signal"},
              .claims = {Must("sending_thread", "a pidfd of a thread refers to that thread",
                              "pidfd_send_signal(2)")},
              .ask = ThroughThread<0>},
    .legacy = {.claims = {Must("sending_thread", "tgkill names a thread by its TID", "tgkill(2)")},
               .ask = KillOwnThread},
}};

const Registered<Conformance> kProcessOfThread{{
    .name = "signal/scope_process_of_thread_pidfd",
    .question = "Which thread does PIDFD_SIGNAL_THREAD_GROUP reach by a pidfd of a thread?",
    .without_pid_namespace = kBothPaths,
    .pidfd = {.needs = {"pidfd_open/thread", "pidfd_send_signal/thread_group"},
              .claims = {Must("whole_process", "the process that the thread belongs to",
                              "pidfd_send_signal(2)")},
              .ask = ThroughThread<abi::kSignalThreadGroup>},
    .legacy = {.claims = {Must("whole_process", "kill(2) takes a thread's TID for its process",
                               "kernel/signal.c kill_something_info")},
               .ask = KillOwnThreadId},
}};

// The si_code of a signal that this thread sent itself.
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

const Registered<Conformance> kCodeProcess{{
    .name = "signal/code_for_process",
    .question = "Which si_code does a signal for a process have?",
    .without_pid_namespace = kBothPaths,
    .pidfd = {.needs = {"pidfd_open", "pidfd_send_signal"},
              .claims = {Must("si_user", "without a siginfo_t it is the same as from kill(2)",
                              "pidfd_send_signal(2)")},
              .ask = CodeWith<0>},
    .legacy = {.claims = {Must("si_user", "SI_USER marks kill(2)", "sigaction(2)")},
               .ask = [](Arena&) -> Outcome {
                 return CodeOf([] { return sys::Kill(getpid(), SIGUSR1); });
               }},
}};

const Registered<Conformance> kCodeThread{{
    .name = "signal/code_for_thread",
    .question = "Which si_code does a signal for a thread have?",
    .without_pid_namespace = kBothPaths,
    .pidfd = {.needs = {"pidfd_open", "pidfd_send_signal/thread"},
              .claims = {Must("si_tkill", "it is the same as from tgkill(2)",
                              "kernel/signal.c pidfd_send_signal")},
              .ask = CodeWith<abi::kSignalThread>},
    .legacy = {.claims = {Must("si_tkill", "SI_TKILL marks tgkill(2)", "sigaction(2)")},
               .ask = [](Arena&) -> Outcome {
                 return CodeOf([] { return ThreadKill(pthread_self()); });
               }},
}};

const Registered<Conformance> kSelfProcess{{
    .name = "signal/self_process",
    .question = "What does PIDFD_SELF_THREAD_GROUP refer to?",
    .without_pid_namespace = kBothPaths,
    .pidfd = {.needs = {"self/send_signal_process"},
              .claims = {Must("whole_process", "the caller's process",
                              "Linux 6.15 include/uapi/linux/pidfd.h")},
              .ask = [](Arena&) -> Outcome {
                return Reached([](pthread_t) {
                  const sys::Status sent =
                      tested::PidfdSendSignal(abi::kSelfProcess, SIGUSR1, nullptr, 0);
                  if (sent.error() != EBADF) return sent;
                  return tested::PidfdSendSignal(abi::kSelfProcessAtFirst, SIGUSR1, nullptr, 0);
                });
              }},
    .legacy = {.claims = {Must("whole_process", "getpid returns a process's own PID", "getpid(2)")},
               .ask = KillProcess},
}};

const Registered<Conformance> kSelfThread{{
    .name = "signal/self_thread",
    .question = "What does PIDFD_SELF_THREAD refer to?",
    .without_pid_namespace = kBothPaths,
    .pidfd = {.needs = {"self/send_signal_thread"},
              .claims = {Must("sending_thread", "the calling thread",
                              "Linux 6.15 include/uapi/linux/pidfd.h")},
              .ask = [](Arena&) -> Outcome {
                return Reached([](pthread_t) {
                  return tested::PidfdSendSignal(abi::kSelfThread, SIGUSR1, nullptr, 0);
                });
              }},
    .legacy = {.claims = {Must("sending_thread", "a thread can name itself by its TID",
                               "tgkill(2)")},
               .ask = KillOwnThread},
}};

const Registered<Conformance> kSelfValue{{
    .name = "signal/self_process_value",
    .question = "Which value does PIDFD_SELF_THREAD_GROUP have?",
    .without_pid_namespace = kPidfdOnly,
    .pidfd = {.needs = {"self/send_signal_process"},
              .claims = {Must("minus_10001", "the value was moved next to PIDFD_SELF_THREAD",
                              "Linux 6.17 include/uapi/linux/pidfd.h")
                             .Since(eras::kSelfMoved),
                         May("minus_20000",
                             "programs built for 6.15 or 6.16 get EBADF on later kernels",
                             "Linux 6.15 include/uapi/linux/pidfd.h")
                             .Until(eras::kSelfMoved)},
              .ask = [](Arena&) -> Outcome {
                const auto knows = [](int self) {
                  return tested::PidfdSendSignal(self, 0, nullptr, 0).error() != EBADF;
                };
                const bool first = knows(abi::kSelfProcessAtFirst);
                if (knows(abi::kSelfProcess)) return first ? "both" : "minus_10001";
                return first ? "minus_20000" : "neither";
              }},
    .legacy = NotPossible("kill(2) needs no special value: a process knows its own PID"),
}};

// Calls that take a real pidfd only.
const Registered<Conformance> kSelfElsewhere{{
    .name = "signal/self_as_descriptor",
    .question = "Do pidfd_getfd, setns and ioctl accept PIDFD_SELF_THREAD as a pidfd?",
    .without_pid_namespace = kPidfdOnly,
    .pidfd = {.needs = {"self/send_signal_thread", "pidfd_getfd", "setns/pidfd", "ioctl/info"},
              .claims = {Must("ebadf", "it is not a descriptor; only three calls accept the value",
                              "Linux 6.15 kernel/pid.c pidfd_get_task")},
              .ask = [](Arena&) -> Outcome {
                using Call = int (*)(int);
                return SameForEach<Call>(
                    {[](int self) { return tested::PidfdGetfd(self, 0, 0).error(); },
                     [](int self) { return tested::Setns(self, CLONE_NEWUTS).error(); },
                     [](int self) {
                       return tested::Ioctl(self, abi::kGetCgroupNamespace, 0).error();
                     }},
                    [](Call call) { return Outcome::Of(call(abi::kSelfThread)); });
              }},
    .legacy = NotPossible("no call takes a PID in place of a descriptor"),
}};

const Registered<Conformance> kSelfWait{{
    .name = "signal/self_waited_for",
    .question = "Can a thread wait for PIDFD_SELF_THREAD?",
    .without_pid_namespace = kBothPaths,
    .pidfd = {.needs = {"self/send_signal_thread", "waitid/p_pidfd"},
              .claims = {Must("einval", "waitid refuses negative descriptors", "kernel/exit.c")},
              .ask = [](Arena&) -> Outcome {
                return Outcome::Of(
                    tested::Waitid(abi::kIdPidfd, abi::kSelfThread, WEXITED | WNOHANG).error());
              }},
    .legacy = {.claims = {Must("echild", "no process is its own child", "wait(2)")},
               .ask = [](Arena&) -> Outcome {
                 return Outcome::Of(sys::Waitid(P_PID, getpid(), WEXITED | WNOHANG).error());
               }},
}};

}  // namespace
}  // namespace pidproof::scenarios::conformance::signal_scope
