// What a signal does to a stopped process, and to the first process of a PID namespace, and whom
// one may signal.
#include <sched.h>

#include "probes/system/require.h"
#include "scenarios/fixtures/call_in_child.h"
#include "scenarios/handle.h"
#include "scenarios/scenario.h"

namespace pidproof::scenarios::conformance::signal_effect {
namespace {

// The referee's view: what a child has done that was stopped or continued.
Outcome Change(const Child& child, int option) {
  return Outcome::Of(sys::Waitid(P_PID, child.pid(), option));
}

const Registered<Conformance> kStop{{
    .name = "signal/stop_and_continue",
    .question = "Can a process be stopped and continued by signals?",
    .without_pid_namespace = kBothPaths,
    .claims = {Must("continued", "SIGSTOP and SIGCONT work like any signal", "signal(7)")},
    .pidfd = {.needs = {"pidfd_open", "pidfd_send_signal"}},
    .ask = [](Arena& arena, Path path) -> Outcome {
      const Child child = arena.Spawn(body::Lingers);
      const Handle handle = Handle::To(child, path);
      const sys::Status stopped = handle.Signal(SIGSTOP);
      if (!stopped.ok()) return Outcome::Of(stopped);
      const Outcome first = Change(child, WSTOPPED);
      if (first != Outcome("stopped")) return first;
      const sys::Status continued = handle.Signal(SIGCONT);
      if (!continued.ok()) return Outcome::Of(continued);
      return Change(child, WCONTINUED | WNOHANG);  // the kernel marks it when the signal is sent
    },
}};

Child SpawnStopped(Arena& arena) {
  Child child = arena.Spawn(body::AtGate);
  Require(sys::Kill(child.pid(), SIGSTOP));
  if (Change(child, WSTOPPED) != Outcome("stopped")) {
    throw Unsupported("waitid does not report stops here");
  }
  return child;
}

const Registered<Conformance> kKillStopped{{
    .name = "signal/kill_stopped",
    .question = "Does SIGKILL end a stopped process?",
    .without_pid_namespace = kBothPaths,
    .claims = {Must("killed", "SIGKILL wakes a stopped process", "signal(7)")},
    .pidfd = {.needs = {"pidfd_open", "pidfd_send_signal"}},
    .ask = [](Arena& arena, Path path) -> Outcome {
      Child child = SpawnStopped(arena);
      const sys::Status sent = Handle::To(child, path).Signal(SIGKILL);
      return sent.ok() ? Outcome::Of(Result<siginfo_t>(child.Reap())) : Outcome::Of(sent);
    },
}};

const Registered<Conformance> kTermStopped{{
    .name = "signal/term_stopped",
    .question = "Does SIGTERM end a stopped process?",
    .without_pid_namespace = kBothPaths,
    .claims = {Must("after_continuing", "it stays pending until the process continues",
                    "signal(7)")},
    .pidfd = {.needs = {"pidfd_open", "pidfd_send_signal"}},
    .ask = [](Arena& arena, Path path) -> Outcome {
      Child child = SpawnStopped(arena);
      const Handle handle = Handle::To(child, path);
      const sys::Status sent = handle.Signal(SIGTERM);
      if (!sent.ok()) return Outcome::Of(sent);
      if (Change(child, WEXITED | WNOHANG | WNOWAIT) != Outcome("running")) return "at_once";
      const sys::Status continued = handle.Signal(SIGCONT);
      if (!continued.ok()) return Outcome::Of(continued);
      child.Open();  // it exits with kGateStatus if the SIGTERM was lost
      return child.Reap().si_status == SIGTERM ? "after_continuing" : "never";
    },
}};

// Signals the first process of a PID namespace from outside, then sends SIGKILL. Returns which one
// killed it.
template <int kSignal>
Outcome ToInit(Arena& arena, Path path) {
  Child child = arena.Spawn(body::Lingers, {.flags = CLONE_NEWPID});
  const sys::Status sent = Handle::To(child, path).Signal(kSignal);
  if (!sent.ok()) return Outcome::Of(sent);
  child.Kill();
  return child.Reap().si_status == SIGKILL ? "dropped" : "ended_it";
}

const Registered<Conformance> kInitTerm{{
    .name = "signal/namespace_init_term",
    .question = "Does SIGTERM from outside end the init of a PID namespace?",
    .without_pid_namespace = kBothPaths,
    .claims = {Must("dropped", "init only receives signals that it has a handler for",
                    "pid_namespaces(7)")},
    .pidfd = {.needs = {"pidfd_open", "pidfd_send_signal"}},
    .ask = ToInit<SIGTERM>,
}};

const Registered<Conformance> kInitKill{{
    .name = "signal/namespace_init_kill",
    .question = "Does SIGKILL from outside end the init of a PID namespace?",
    .without_pid_namespace = kBothPaths,
    .claims = {Must("killed", "SIGKILL from an ancestor namespace is forced", "pid_namespaces(7)")},
    .pidfd = {.needs = {"pidfd_open", "pidfd_send_signal"}},
    .ask = [](Arena& arena, Path path) -> Outcome {
      Child child = arena.Spawn(body::AtGate, {.flags = CLONE_NEWPID});
      const sys::Status sent = Handle::To(child, path).Signal(SIGKILL);
      if (!sent.ok()) return Outcome::Of(sent);
      child.Open();  // had it survived, it would exit with kGateStatus
      return Outcome::Of(Result<siginfo_t>(child.Reap()));
    },
}};

template <int kSignal>
Outcome AsStranger(Arena& arena, Path path) {
  const Child child = arena.Spawn(body::Lingers);
  const Handle handle = Handle::To(child, path);
  return CallUnprivileged(arena, [&] { return handle.Signal(kSignal).error(); });
}

const Registered<Conformance> kStranger{{
    .name = "signal/by_another_user",
    .question = "Does a pidfd or PID give another user permission to signal the process?",
    .without_pid_namespace = kBothPaths,
    .pidfd = {.needs = {"pidfd_open", "pidfd_send_signal"},
              .claims = {Must("eperm", "the caller's credentials count, whoever opened the pidfd",
                              "pidfd_send_signal(2)")}},
    .legacy = {.claims = {Must("eperm", "the user IDs of both must match", "kill(2)")}},
    .ask = AsStranger<SIGTERM>,
}};

const Registered<Conformance> kStrangerAsks{{
    .name = "signal/existence_to_another_user",
    .question = "Can another user probe for the process with signal 0?",
    .without_pid_namespace = kBothPaths,
    .claims = {Must("eperm", "signal 0 needs the same permission as any other signal",
                    "kill(2), pidfd_send_signal(2)")},
    .pidfd = {.needs = {"pidfd_open", "pidfd_send_signal"}},
    .ask = AsStranger<0>,
}};

const Registered<Conformance> kStrangerBadSignal{{
    .name = "signal/no_such_signal_by_another_user",
    .question = "Which error is reported for an invalid signal sent without permission?",
    .without_pid_namespace = kBothPaths,
    .claims = {Must("einval", "the signal is checked before the permission",
                    "kernel/signal.c check_kill_permission")},
    .pidfd = {.needs = {"pidfd_open", "pidfd_send_signal"}},
    .ask = AsStranger<1000>,
}};

const Registered<Conformance> kStrangerContinues{{
    .name = "signal/continue_by_another_user",
    .question = "Can another user send SIGCONT to a process of the same session?",
    .without_pid_namespace = kBothPaths,
    .pidfd = {.needs = {"pidfd_open", "pidfd_send_signal"},
              .claims = {Must("continued", "the SIGCONT rule of kill(2) applies here too",
                              "kernel/signal.c check_kill_permission")}},
    .legacy = {.claims = {Must("continued", "for SIGCONT, being in the same session is sufficient",
                               "kill(2)")}},
    .ask = [](Arena& arena, Path path) -> Outcome {
      const Child child = SpawnStopped(arena);
      const Handle handle = Handle::To(child, path);
      const Outcome outcome =
          CallUnprivileged(arena, [&] { return handle.Signal(SIGCONT).error(); });
      return outcome == Outcome("ok") ? Change(child, WCONTINUED | WNOHANG) : outcome;
    },
}};

}  // namespace
}  // namespace pidproof::scenarios::conformance::signal_effect
