// PIDFD_SIGNAL_PROCESS_GROUP: a signal to the group that a process leads, or led; and what each
// scope lets a sender claim.
#include <signal.h>

#include "probes/system/require.h"
#include "scenarios/fixtures/alike.h"
#include "scenarios/fixtures/group.h"
#include "scenarios/fixtures/process_state.h"
#include "scenarios/fixtures/thread.h"
#include "scenarios/handle.h"
#include "scenarios/scenario.h"
#include "scenarios/tested.h"

namespace pidproof::scenarios::conformance::signal_group {
namespace {

// Kills the child. Whether SIGUSR1 had come before: the first fatal signal decides, and where a
// tracer delivers signals one by one, the lower number comes first.
bool WasHit(Child& child) {
  Require(sys::Kill(child.pid(), SIGUSR2));
  return child.Reap().si_status == SIGUSR1;
}

const std::vector<std::string_view> kNeeds = {"pidfd_open", "pidfd_send_signal/process_group"};

const Registered<Conformance> kAll{{
    .name = "signal/group",
    .question = "Which processes receive a signal for a process group?",
    .without_pid_namespace = kBothPaths,
    .pidfd = {.needs = kNeeds,
              .claims = {Must("all_members", "the group whose leader the pidfd refers to",
                              "pidfd_send_signal(2)")}},
    .legacy = {.claims = {Must("all_members", "a negative PID names a group", "kill(2)")}},
    .ask = [](Arena& arena, Path path) -> Outcome {
      Group group = Group::Make(arena);
      const sys::Status sent = Handle::To(group.leader, path).SignalGroup(SIGUSR1);
      if (!sent.ok()) return Outcome::Of(sent);
      const bool leader_hit = WasHit(group.leader);
      const bool member_hit = WasHit(group.member);
      if (member_hit) return leader_hit ? "all_members" : "member_only";
      return leader_hit ? "leader_only" : "nobody";
    },
}};

const Registered<Conformance> kNoLeader{{
    .name = "signal/group_of_member",
    .question = "Can a process group be named by a member that is not its leader?",
    .without_pid_namespace = kBothPaths,
    .pidfd = {.needs = kNeeds,
              .claims = {Must("esrch", "no group has that process's PID as its ID",
                              "pidfd_send_signal(2)")}},
    .legacy = {.claims = {Must("esrch", "no group has that ID", "kill(2)")}},
    .ask = [](Arena& arena, Path path) -> Outcome {
      const Group group = Group::Make(arena);
      return Outcome::Of(Handle::To(group.member, path).SignalGroup(0));
    },
}};

const Registered<Conformance> kDeadLeader{{
    .name = "signal/group_of_dead_leader",
    .question = "Can a process group still be signalled once its leader is reaped?",
    .without_pid_namespace = kPidfdOnly,
    .pidfd = {.needs = kNeeds,
              .claims = {Must("hit",
                              "the struct pid stays in use by the group, and the pidfd holds it",
                              "kernel/signal.c pidfd_send_signal, kill_pgrp_info")}},
    .legacy = {.claims = {Must("hit", "a group's ID stays in use while it has a member",
                               "setpgid(2), kernel/pid.c")}},
    .ask = [](Arena& arena, Path path) -> Outcome {
      Group group = Group::Make(arena);
      const Handle handle = Handle::To(group.leader, path);
      DriveTo(group.leader, ProcessState::kDead);
      const sys::Status sent = handle.SignalGroup(SIGUSR1);
      if (!sent.ok()) return Outcome::Of(sent);
      return WasHit(group.member) ? "hit" : "missed";
    },
}};

const Registered<Conformance> kDeadLeaderAlone{{
    .name = "signal/process_of_live_group",
    .question = "Does a signal to a reaped leader fail with ESRCH while its process group exists?",
    .without_pid_namespace = kPidfdOnly,
    .claims = {Must("esrch", "the PID is in use by a group, no longer by a process",
                    "kill(2), pidfd_send_signal(2)")},
    .pidfd = {.needs = {"pidfd_open", "pidfd_send_signal"}},
    .ask = [](Arena& arena, Path path) -> Outcome {
      Group group = Group::Make(arena);
      const Handle handle = Handle::To(group.leader, path);
      DriveTo(group.leader, ProcessState::kDead);
      return Outcome::Of(handle.Signal(0));
    },
}};

const Registered<Conformance> kEmpty{{
    .name = "signal/group_empty",
    .question = "What is the error of signalling a process group that has no member left?",
    .without_pid_namespace = kPidfdOnly,
    .pidfd = {.needs = kNeeds,
              .claims = {Must("esrch", "there is no process to signal", "pidfd_send_signal(2)")}},
    .legacy = {.claims = {Must("esrch", "no group has this ID until it is reused", "kill(2)")}},
    .ask = [](Arena& arena, Path path) -> Outcome {
      Group group = Group::Make(arena);
      const Handle handle = Handle::To(group.leader, path);
      DriveTo(group.leader, ProcessState::kDead);
      DriveTo(group.member, ProcessState::kDead);
      return Outcome::Of(handle.SignalGroup(0));
    },
}};

const Registered<Conformance> kForgedScopes{{
    .name = "signal/forged_code_of_scope",
    .question = "Does any scope let a sender claim to be the kernel, kill(2) or tgkill(2)?",
    .without_pid_namespace = kPidfdOnly,
    .pidfd = {.needs = {"pidfd_open", "pidfd_send_signal/thread", "pidfd_send_signal/thread_group",
                        "pidfd_send_signal/process_group"},
              .claims = {Must("eperm", "si_code is checked before the scope counts",
                              "kernel/signal.c pidfd_send_signal")},
              .ask = [](Arena& arena) -> Outcome {
                const Group group = Group::Make(arena);
                const Fd pidfd = Require(tested::PidfdOpen(group.leader.pid(), 0));
                const auto forge = [&](int code) {
                  siginfo_t info{};
                  info.si_signo = SIGUSR1;
                  info.si_code = code;
                  return SameForEach(
                      {abi::kSignalThread, abi::kSignalThreadGroup, abi::kSignalProcessGroup},
                      [&](unsigned scope) {
                        return Outcome::Of(
                            tested::PidfdSendSignal(pidfd.get(), SIGUSR1, &info, scope));
                      });
                };
                return SameForEach<int>({SI_USER, SI_KERNEL, SI_TKILL, CLD_EXITED}, forge);
              }},
    .legacy = NotPossible("the same as signal/forged_code"),
}};

const Registered<Conformance> kForgedToThread{{
    .name = "signal/forged_code_to_thread",
    .question = "Can a thread send another of its process a siginfo_t that claims tgkill(2)?",
    .without_pid_namespace = kPidfdOnly,
    .pidfd = {.needs = {"pidfd_open/thread", "pidfd_send_signal/thread"},
              .claims = {Must("eperm", "the target's TID must be the caller's own",
                              "kernel/signal.c pidfd_send_signal")},
              .ask = [](Arena&) -> Outcome {
                const SecondThread thread;
                const Fd pidfd = Require(tested::PidfdOpen(thread.tid(), abi::kPidfdThread));
                siginfo_t info{};
                info.si_signo = SIGUSR1;
                return SameForEach<int>({SI_USER, SI_TKILL}, [&](int code) {
                  info.si_code = code;
                  return Outcome::Of(tested::PidfdSendSignal(pidfd.get(), SIGUSR1, &info, 0));
                });
              }},
    .legacy = NotPossible("pthread_sigqueue(3) chooses the code"),
}};

}  // namespace
}  // namespace pidproof::scenarios::conformance::signal_group
