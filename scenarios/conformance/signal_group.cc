// PIDFD_SIGNAL_PROCESS_GROUP: a signal for the group that a process leads, or led.

#include "probes/system/require.h"
#include "scenarios/fixtures/group.h"
#include "scenarios/fixtures/process_state.h"
#include "scenarios/handle.h"
#include "scenarios/scenario.h"

namespace pidproof {
namespace {

// Ends the child. Whether SIGUSR1 had come before: the first fatal signal decides, and where a
// tracer lets signals come one by one, the lower number comes first.
bool WasHit(Child& child) {
  Require(sys::Kill(child.pid(), SIGUSR2));
  return child.Reap().si_status == SIGUSR1;
}

const std::vector<std::string_view> kNeeds = {"pidfd_open", "pidfd_send_signal/process_group"};

const Registered<Conformance> kAll{{
    .name = "signal/group",
    .question = "Whom does a signal for a process group reach?",
    .without_pid_namespace = kBothPaths,
    .pidfd = {.needs = kNeeds,
              .claims = {Must("all_members", "the group whose leader the pidfd names",
                              "pidfd_send_signal(2)")}},
    .legacy = {.claims = {Must("all_members", "a negative number names a group", "kill(2)")}},
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
    .question = "Can a group be named through a member that does not lead it?",
    .without_pid_namespace = kBothPaths,
    .pidfd = {.needs = kNeeds,
              .claims = {Must("esrch", "no group has that process's number",
                              "pidfd_send_signal(2)")}},
    .legacy = {.claims = {Must("esrch", "no group has that number", "kill(2)")}},
    .ask = [](Arena& arena, Path path) -> Outcome {
      const Group group = Group::Make(arena);
      return Outcome::Of(Handle::To(group.member, path).SignalGroup(0));
    },
}};

const Registered<Conformance> kDeadLeader{{
    .name = "signal/group_of_dead_leader",
    .question = "The leader is reaped: can the rest of its group still be signalled?",
    .without_pid_namespace = kPidfdOnly,
    .pidfd = {.needs = kNeeds,
              .claims = {Must("hit", "the pid lives on as the group's, and the pidfd holds it",
                              "kernel/signal.c pidfd_send_signal, kill_pgrp_info")}},
    .legacy = {.claims = {Must("hit", "a group's number stays taken while it has a member",
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
    .name = "signal/process_of_living_group",
    .question =
        "The leader is reaped, but its number lives on as the group's: is the process gone?",
    .without_pid_namespace = kPidfdOnly,
    .claims = {Must("esrch", "the number names a group, and no process any more",
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
    .question = "What is the error once a group has no member left?",
    .without_pid_namespace = kPidfdOnly,
    .pidfd = {.needs = kNeeds,
              .claims = {Must("esrch", "there is nobody to signal", "pidfd_send_signal(2)")}},
    .legacy = {.claims = {Must("esrch", "no group has the number, as long as nobody takes it",
                               "kill(2)")}},
    .ask = [](Arena& arena, Path path) -> Outcome {
      Group group = Group::Make(arena);
      const Handle handle = Handle::To(group.leader, path);
      DriveTo(group.leader, ProcessState::kDead);
      DriveTo(group.member, ProcessState::kDead);
      return Outcome::Of(handle.SignalGroup(0));
    },
}};

}  // namespace
}  // namespace pidproof
