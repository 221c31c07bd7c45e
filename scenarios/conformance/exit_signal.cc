// What reports the end of a child to its parent: readiness of the pidfd, or the exit signal that
// clone(2) was given.
#include <errno.h>
#include <poll.h>
#include <signal.h>

#include "probes/system/require.h"
#include "scenarios/fixtures/orphan.h"
#include "scenarios/handle.h"
#include "scenarios/scenario.h"
#include "scenarios/tested.h"

namespace pidproof::scenarios::conformance::exit_signal {
namespace {

constexpr int kRealtime = 40;  // SIGRTMIN is not a constant

// Keeps every signal pending until it is asked for. A trial has a process of its own.
void BlockSignals() {
  sigset_t all;
  sigfillset(&all);
  Require(sigprocmask(SIG_BLOCK, &all, nullptr) == 0);
}

Outcome WordOf(int signal) {
  switch (signal) {
    case SIGCHLD:
      return "sigchld";
    case SIGUSR1:
      return "sigusr1";
    case kRealtime:
      return "realtime_signal";
    default:
      return "another_signal";
  }
}

enum class Sent {
  kBefore,  // the process could be waited for
  kSoon,    // after that; the trial's deadline ends a wait for a signal that does not come
};

// The signal that the process sent with its new status, or "no_signal".
Outcome Pending(pid_t pid, int code, int status, Sent sent = Sent::kBefore) {
  sigset_t all;
  sigfillset(&all);
  siginfo_t info{};
  const timespec at_once{};
  if (sigtimedwait(&all, &info, sent == Sent::kBefore ? &at_once : nullptr) < 0) {
    Require(errno == EAGAIN);
    return "no_signal";
  }
  if (info.si_pid != pid) return "of_another_process";
  return info.si_code == code && info.si_status == status ? WordOf(info.si_signo)
                                                          : Outcome("another_status");
}

// Opens the gate, and returns once the child is a zombie that has passed it.
void LetEnd(const Child& child) {
  child.Open();
  const siginfo_t ended =
      Require(sys::Waitid(P_PID, child.pid(), WEXITED | WNOWAIT | static_cast<int>(__WALL)));
  if (ended.si_status != body::kGateStatus) {
    throw Unsupported("this program cannot re-execute itself here");
  }
}

// The kernel sends the signal before the child can be waited for.
template <int kExitSignal, Child::Body kBody = body::AtGate>
Outcome SignalAtEnd(Arena& arena) {
  BlockSignals();
  const Child child = arena.Spawn(kBody, {.exit_signal = kExitSignal});
  LetEnd(child);
  return Pending(child.pid(), CLD_EXITED, body::kGateStatus);
}

template <int kExitSignal, Child::Body kBody = body::AtGate>
Outcome ReadyAtEnd(Arena& arena) {
  BlockSignals();
  Child child = arena.Spawn(kBody, {.how = SpawnOptions::kClone3, .exit_signal = kExitSignal});
  const auto readable = [&child] {
    return (Require(tested::Poll(child.pidfd().get(), POLLIN, 0)) & POLLIN) != 0;
  };
  if (readable()) return "readable_too_early";
  LetEnd(child);
  return readable() ? "readable" : "not_readable";
}

const Claim kReadable =
    Must("readable", "a pidfd is readable once its process has ended, whatever the exit signal",
         "pidfd_open(2), poll(2) of a pidfd");

template <int kExitSignal, Child::Body kBody = body::AtGate>
Side ByPidfd() {
  return {.needs = {"clone3/pidfd", "poll"},
          .claims = {kReadable},
          .ask = ReadyAtEnd<kExitSignal, kBody>};
}

template <int kExitSignal, Child::Body kBody = body::AtGate>
Side BySignal(const Claim& claim) {
  return {.claims = {claim}, .ask = SignalAtEnd<kExitSignal, kBody>};
}

const Registered<Conformance> kDefault{{
    .name = "exit_signal/sigchld",
    .question = "What reports the end of a forked child to its parent?",
    .without_pid_namespace = kBothPaths,
    .pidfd = ByPidfd<SIGCHLD>(),
    .legacy = BySignal<SIGCHLD>(
        Must("sigchld", "the signal has the PID, CLD_EXITED and the exit status", "sigaction(2)")),
}};

const Registered<Conformance> kUser{{
    .name = "exit_signal/sigusr1",
    .question = "What reports the end of a child that was cloned with SIGUSR1 as exit signal?",
    .without_pid_namespace = kBothPaths,
    .pidfd = ByPidfd<SIGUSR1>(),
    .legacy = BySignal<SIGUSR1>(
        Must("sigusr1", "the exit signal is sent in place of SIGCHLD, with the exit status",
             "clone(2), The child termination signal")),
}};

const Registered<Conformance> kQueued{{
    .name = "exit_signal/realtime",
    .question = "What reports the end of a child whose exit signal is a real-time signal?",
    .without_pid_namespace = kBothPaths,
    .pidfd = ByPidfd<kRealtime>(),
    .legacy = BySignal<kRealtime>(Must("realtime_signal", "any signal can be the exit signal",
                                       "clone(2), The child termination signal")),
}};

const Registered<Conformance> kNone{{
    .name = "exit_signal/none",
    .question = "What reports the end of a child that was cloned without an exit signal?",
    .without_pid_namespace = kBothPaths,
    .pidfd = ByPidfd<0>(),
    .legacy = BySignal<0>(Hazard("no_signal",
                                 "a parent that waits for a signal does not learn of the end",
                                 "clone(2), The child termination signal")),
}};

const Registered<Conformance> kExecuted{{
    .name = "exit_signal/after_execve",
    .question = "What reports the end of a child with exit signal SIGUSR1 that has called execve?",
    .without_pid_namespace = kBothPaths,
    .pidfd = ByPidfd<SIGUSR1, body::ExecsThenAtGate>(),
    .legacy = BySignal<SIGUSR1, body::ExecsThenAtGate>(
        Must("sigchld", "execve resets the exit signal to SIGCHLD", "execve(2)")),
}};

// Stops are not the end: a pidfd does not report them.
Outcome SignalOfStop(Arena& arena) {
  BlockSignals();
  const Child child = arena.Spawn(body::Lingers, {.exit_signal = SIGUSR1});
  Require(sys::Kill(child.pid(), SIGSTOP));
  Require(sys::Waitid(P_PID, child.pid(), WSTOPPED | WNOWAIT | __WALL));
  return Pending(child.pid(), CLD_STOPPED, SIGSTOP, Sent::kSoon);
}

Outcome ReadyAtStop(Arena& arena) {
  BlockSignals();
  Child child = arena.Spawn(body::Lingers, {.how = SpawnOptions::kClone3, .exit_signal = SIGUSR1});
  Require(sys::Kill(child.pid(), SIGSTOP));
  Require(sys::Waitid(P_PID, child.pid(), WSTOPPED | WNOWAIT | __WALL));
  return Require(tested::Poll(child.pidfd().get(), POLLIN, 0)) == 0 ? "not_readable" : "readable";
}

const Registered<Conformance> kStopped{{
    .name = "exit_signal/stop",
    .question = "What reports the stop of a child whose exit signal is SIGUSR1?",
    .without_pid_namespace = kBothPaths,
    .pidfd = {.needs = {"clone3/pidfd", "poll"},
              .claims = {Must("not_readable", "a pidfd reports the end only", "pidfd_open(2)")},
              .ask = ReadyAtStop},
    .legacy = {.claims = {Must("sigchld", "stops are reported by SIGCHLD, whatever the exit signal",
                               "kernel/signal.c do_notify_parent_cldstop")},
               .ask = SignalOfStop},
}};

Outcome SignalOfOrphan(Arena& arena) {
  const Orphan orphan = Orphan::Make(arena, SIGUSR1);
  BlockSignals();
  static_cast<void>(Pending(0, 0, 0));  // the SIGCHLD of its parent
  orphan.Open();
  Require(sys::Waitid(P_PID, orphan.pid, WEXITED | WNOWAIT | __WALL));
  return Pending(orphan.pid, CLD_EXITED, body::kGateStatus);
}

Outcome ReadyOrphan(Arena& arena) {
  const Orphan orphan = Orphan::Make(arena, SIGUSR1);
  BlockSignals();
  const Fd pidfd = Require(tested::PidfdOpen(orphan.pid, 0));
  orphan.Open();
  Require(sys::Waitid(P_PID, orphan.pid, WEXITED | WNOWAIT | __WALL));
  return Require(tested::Poll(pidfd.get(), POLLIN, 0)) == POLLIN ? "readable" : "not_readable";
}

const Registered<Conformance> kAdopted{{
    .name = "exit_signal/adopted",
    .question = "What reports the end of an adopted process whose exit signal was SIGUSR1?",
    .without_pid_namespace = kBothPaths,
    .pidfd = {.needs = {"pidfd_open", "poll"}, .claims = {kReadable}, .ask = ReadyOrphan},
    .legacy = {.claims = {Must("sigchld", "the exit signal of an adopted process is SIGCHLD",
                               "kernel/exit.c reparent_leader")},
               .ask = SignalOfOrphan},
}};

// A helper that a library keeps for itself, cloned with another exit signal or none, and ended.
template <int kSignal>
Outcome HelperByPidfd(Arena& arena) {
  BlockSignals();
  Child helper = arena.Spawn(body::Exits, {.how = SpawnOptions::kClone3, .exit_signal = kSignal});
  helper.AwaitZombie();
  if (sys::Waitid(P_ALL, 0, WEXITED | WNOHANG).ok()) return "helper_reported";
  const Result<siginfo_t> own = tested::Waitid(P_PIDFD, {helper.pidfd().get(), helper.pid()},
                                               WEXITED | WNOHANG | static_cast<int>(__WALL));
  if (own.ok() && own->si_pid != 0) helper.Disown();
  return Outcome::Of(own);
}

template <int kSignal>
Outcome HelperByPid(Arena& arena) {
  BlockSignals();
  const Child helper = arena.Spawn(body::Exits, {.exit_signal = kSignal});
  helper.AwaitZombie();
  return Outcome::Of(sys::Waitid(P_ALL, 0, WEXITED | WNOHANG));
}

template <int kSignal>
Side PidfdOfHelper() {
  return {.needs = {"clone3/pidfd", "waitid/p_pidfd"},
          .claims = {Must("exited", "such a wait leaves the status to the helper's pidfd",
                          "wait(2), __WALL"),
                     Never("helper_reported", "the library would lose its helper's status",
                           "wait(2), __WALL")},
          .ask = HelperByPidfd<kSignal>};
}

template <int kSignal>
Side PidOfHelper() {
  return {.claims = {Must("echild", "without __WALL or __WCLONE it is not looked for",
                          "wait(2), __WALL")},
          .ask = HelperByPid<kSignal>};
}

constexpr std::string_view kNoControl = "the harm needs a kernel that reports such children";

const Registered<Conformance> kHidden{{
    .name = "exit_signal/hidden_from_wait_any",
    .question = "Does a wait for any child report a helper that has no exit signal?",
    .without_pid_namespace = kBothPaths,
    .pidfd = PidfdOfHelper<0>(),
    .legacy = PidOfHelper<0>(),
    .no_control = kNoControl,
}};

const Registered<Conformance> kHiddenSigusr1{{
    .name = "exit_signal/sigusr1_hidden_from_wait_any",
    .question = "Does a wait for any child report a helper whose exit signal is SIGUSR1?",
    .without_pid_namespace = kBothPaths,
    .pidfd = PidfdOfHelper<SIGUSR1>(),
    .legacy = PidOfHelper<SIGUSR1>(),
    .no_control = kNoControl,
}};

}  // namespace
}  // namespace pidproof::scenarios::conformance::exit_signal
