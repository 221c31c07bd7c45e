// pidfd_open: which processes it opens, in which state, and with which privileges.
#include <errno.h>
#include <signal.h>
#include <unistd.h>

#include "probes/system/require.h"
#include "scenarios/fixtures/call_in_child.h"
#include "scenarios/fixtures/group.h"
#include "scenarios/fixtures/process_state.h"
#include "scenarios/handle.h"
#include "scenarios/scenario.h"
#include "scenarios/tested.h"

namespace pidproof::scenarios::conformance::open_process {
namespace {

// The result of naming the process that has the PID, and sending signal 0.
Outcome NameAndAsk(pid_t pid, Path path) {
  const Result<Handle> named = Handle::ToPid(pid, path);
  return Outcome::Of(named.ok() ? named->Signal(0).error() : named.error());
}

const Registered<Conformance> kOwn{{
    .name = "open/own_pid",
    .question = "Can a process name itself by its own PID?",
    .without_pid_namespace = kBothPaths,
    .pidfd = {.needs = {"pidfd_open", "pidfd_send_signal"},
              .claims = {Must("reaches_caller", "any process can be opened, including the caller",
                              "pidfd_open(2)")}},
    .legacy = {.claims = {Must("reaches_caller", "getpid returns the caller's PID", "kill(2)")}},
    .ask = [](Arena&, Path path) -> Outcome {
      sigset_t wanted;
      sigemptyset(&wanted);
      sigaddset(&wanted, SIGUSR1);
      Require(sigprocmask(SIG_BLOCK, &wanted, nullptr) == 0);
      const Result<Handle> named = Handle::ToPid(getpid(), path);
      if (!named.ok()) return Outcome::Of(named.error());
      const sys::Status sent = named->Signal(SIGUSR1);
      if (!sent.ok()) return Outcome::Of(sent);
      sigset_t pending;
      Require(sigpending(&pending) == 0);
      return sigismember(&pending, SIGUSR1) == 1 ? "reaches_caller" : "misses_caller";
    },
}};

const Registered<Conformance> kInit{{
    .name = "open/init",
    .question = "Can the init of the PID namespace be named without permission to signal it?",
    .without_pid_namespace = kBothPaths,
    .pidfd = {.needs = {"pidfd_open"},
              .claims = {Must("ok", "opening a pidfd needs no permission, unlike signalling",
                              "kernel/pid.c pidfd_open")},
              .ask = [](Arena&) { return Outcome::Of(tested::PidfdOpen(1, 0).error()); }},
    .legacy = {.claims = {Must("ok", "any process can query its group", "getpgid(2)")},
               .ask = [](Arena&) { return Outcome::Of(getpgid(1) < 0 ? errno : 0); }},
}};

const Registered<Conformance> kZombie{{
    .name = "open/zombie",
    .question = "Can a zombie be named by pidfd_open or its PID?",
    .without_pid_namespace = kBothPaths,
    .pidfd = {.needs = {"pidfd_open", "pidfd_send_signal"},
              .claims = {Must("ok", "an unreaped child keeps its PID and can be opened by it",
                              "pidfd_open(2) NOTES")}},
    .legacy = {.claims = {Must("ok", "an existing process might be a zombie", "kill(2)")}},
    .ask = [](Arena& arena, Path path) -> Outcome {
      const Child child = arena.Spawn(body::Exits);
      child.AwaitZombie();
      return NameAndAsk(child.pid(), path);
    },
}};

const Registered<Conformance> kReaped{{
    .name = "open/reaped",
    .question = "Can a reaped process be named by pidfd_open or its PID?",
    .pidfd = {.needs = {"pidfd_open"},
              .claims = {Must("esrch", "no process has this PID until it is reused",
                              "pidfd_open(2)")}},
    .legacy = {.claims = {Must("esrch", "no process has this PID until it is reused", "kill(2)")}},
    .ask = [](Arena& arena, Path path) -> Outcome {
      Child child = arena.Spawn(body::Exits);
      const pid_t pid = child.pid();
      child.Reap();
      return NameAndAsk(pid, path);
    },
}};

const Registered<Conformance> kOtherUser{{
    .name = "open/process_of_another_user",
    .question = "Does naming another user's process need permission?",
    .without_pid_namespace = kBothPaths,
    .pidfd = {.needs = {"pidfd_open"},
              .claims = {Must("ok",
                              "permission is checked at each use, not when the pidfd is opened",
                              "pidfd_open(2)")},
              .ask =
                  [](Arena& arena) {
                    const pid_t own = getpid();
                    return CallUnprivileged(arena,
                                            [&] { return tested::PidfdOpen(own, 0).error(); });
                  }},
    .legacy = {.claims = {Must("ok", "any process can look up a PID", "getpgid(2)")},
               .ask =
                   [](Arena& arena) {
                     const pid_t own = getpid();
                     return CallUnprivileged(arena, [&] { return getpgid(own) < 0 ? errno : 0; });
                   }},
}};

const Registered<Conformance> kOtherUserSignal{{
    .name = "open/signal_to_another_user",
    .question = "Does a pidfd give its holder permission to signal another user's process?",
    .without_pid_namespace = kBothPaths,
    .pidfd = {.needs = {"pidfd_open", "pidfd_send_signal"},
              .claims = {Must("eperm",
                              "a pidfd is not a capability: the sender's credentials count",
                              "pidfd_send_signal(2)")}},
    .legacy = {.claims = {Must("eperm", "the sender's credentials count", "kill(2)")}},
    .ask = [](Arena& arena, Path path) -> Outcome {
      const Result<Handle> own = Handle::ToPid(getpid(), path);
      if (!own.ok()) return Outcome::Of(own.error());
      return CallUnprivileged(arena, [&] { return own->Signal(0).error(); });
    },
}};

// A leader that is reaped while its PID still names the process group.
template <typename Ask>
Outcome OfDeadLeader(Arena& arena, Ask ask) {
  Group group = Group::Make(arena);
  const pid_t pid = group.leader.pid();
  DriveTo(group.leader, ProcessState::kDead);
  return Outcome::Of(ask(pid));
}

template <unsigned kFlags>
Outcome OpenDeadLeader(Arena& arena) {
  return OfDeadLeader(arena, [](pid_t pid) { return tested::PidfdOpen(pid, kFlags).error(); });
}

Outcome SignalDeadLeader(Arena& arena) {
  return OfDeadLeader(arena, [](pid_t pid) { return sys::Kill(pid, 0).error(); });
}

const Registered<Conformance> kDeadLeader{{
    .name = "open/dead_group_leader",
    .question = "Does the PID of a reaped leader of an existing process group name a process?",
    .without_pid_namespace = kPidfdOnly,
    .pidfd = {.needs = {"pidfd_open"},
              .claims = {Must("esrch", "the PID is in use, but not by a process",
                              "Linux 6.16 kernel/fork.c pidfd_prepare")
                             .Since(eras::kPidOfNoProcess),
                         May("einval", "a PID that was not of a thread-group leader gave EINVAL",
                             "kernel/fork.c pidfd_prepare")
                             .Until(eras::kPidOfNoProcess)},
              .ask = OpenDeadLeader<0>},
    .legacy = {.claims = {Must("esrch", "no process has the PID", "kill(2)")},
               .ask = SignalDeadLeader},
}};

const Registered<Conformance> kDeadLeaderThread{{
    .name = "open/dead_group_leader_thread",
    .question = "Does the PID of a reaped leader of an existing process group name a thread?",
    .without_pid_namespace = kPidfdOnly,
    .pidfd = {.needs = {"pidfd_open/thread"},
              .claims = {Must("esrch", "the PID is in use, but not by a thread",
                              "Linux 6.16 kernel/fork.c pidfd_prepare")
                             .Since(eras::kPidOfNoProcess),
                         May("einval", "a TID that no thread had gave EINVAL",
                             "kernel/fork.c pidfd_prepare")
                             .Until(eras::kPidOfNoProcess)},
              .ask = OpenDeadLeader<abi::kPidfdThread>},
    .legacy = {.claims = {Must("esrch", "no thread has the TID", "kill(2)")},
               .ask = SignalDeadLeader},
}};

// The parent of all kernel threads, which has a PID in the initial PID namespace only.
pid_t KernelThread(const Arena& arena) {
  constexpr pid_t kKthreadd = 2;
  // Kernel threads are in process group 0, which no process of a user can be in.
  if (arena.own_namespace() || getpgid(kKthreadd) != 0)
    throw Unsupported("no kernel thread is visible in the trial's PID namespace");
  return kKthreadd;
}

const Registered<Conformance> kKernelThread{{
    .name = "open/kernel_thread",
    .question = "Can a kernel thread be named by pidfd_open or its PID?",
    .without_pid_namespace = kBothPaths,
    .pidfd = {.needs = {"pidfd_open"},
              .claims = {Must("ok", "opening needs no permission, and looks at no memory",
                              "kernel/pid.c pidfd_open")},
              .ask =
                  [](Arena& arena) {
                    return Outcome::Of(tested::PidfdOpen(KernelThread(arena), 0).error());
                  }},
    .legacy = {.claims = {Must("ok", "any process can query its group", "getpgid(2)")},
               .ask =
                   [](Arena& arena) {
                     return Outcome::Of(getpgid(KernelThread(arena)) < 0 ? errno : 0);
                   }},
}};

}  // namespace
}  // namespace pidproof::scenarios::conformance::open_process
