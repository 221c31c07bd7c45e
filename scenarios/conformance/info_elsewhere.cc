// PIDFD_GET_INFO from elsewhere: another PID namespace, another user namespace, another user.
#include <errno.h>
#include <sched.h>
#include <sys/wait.h>
#include <unistd.h>

#include "probes/system/pidfd_info.h"
#include "probes/system/require.h"
#include "scenarios/fixtures/call_in_child.h"
#include "scenarios/fixtures/proc.h"
#include "scenarios/scenario.h"
#include "scenarios/tested.h"

namespace pidproof::scenarios::conformance::info_elsewhere {
namespace {

// Exit statuses of the asking child that are not an errno.
enum Ending { kYes = 0, kNo = 253, kCannotAsk = 254 };

// The trial itself, which its children ask about; and the pidfd that they ask.
pid_t trial = 0;
const Fd* trial_pidfd = nullptr;

// The child's answer as an outcome; `yes` is the word for kYes.
Outcome AskTrial(Arena& arena, Child::Body body, std::uint64_t flags, const char* yes,
                 const char* no) {
  trial = getpid();
  Child child = arena.Spawn(body, {.flags = flags});
  const siginfo_t ended = child.Reap();
  Require(ended.si_code == CLD_EXITED);
  switch (ended.si_status) {
    case kYes:
      return yes;
    case kNo:
      return no;
    case kCannotAsk:
      throw Unsupported("the child cannot be moved to where the call should be made");
    default:
      return Outcome::Of(ended.si_status);
  }
}

Outcome AskTrialByPidfd(Arena& arena, Child::Body body, std::uint64_t flags, const char* yes,
                        const char* no) {
  const Fd own = Require(tested::PidfdOpen(getpid(), 0));
  trial_pidfd = &own;
  return AskTrial(arena, body, flags, yes, no);
}

const Registered<Conformance> kBelow{{
    .name = "info/from_namespace_below",
    .question = "Can a process be queried from a PID namespace that cannot see it?",
    .without_pid_namespace = kBothPaths,
    .pidfd = {.needs = {"pidfd_open", "ioctl/info"},
              .claims = {Must("eremote", "it has no PID there", "Linux 7.0 fs/pidfs.c pidfd_info")
                             .Since(eras::kInfoElsewhere),
                         May("esrch", "it gave the same error as for a reaped process",
                             "fs/pidfs.c pidfd_info")
                             .Until(eras::kInfoElsewhere)},
              .ask =
                  [](Arena& arena) {
                    return AskTrialByPidfd(
                        arena,
                        [](int) {
                          return tested::GetInfo(trial_pidfd->get(), abi::kInfoPid).error;
                        },
                        CLONE_NEWPID, "reported", "not_reported");
                  }},
    .legacy = {.claims = {Must("esrch",
                               "the PID does not exist there, or belongs to another process",
                               "pid_namespaces(7)")},
               .ask =
                   [](Arena& arena) {
                     return AskTrial(
                         arena, [](int) { return getpgid(trial) < 0 ? errno : 0; }, CLONE_NEWPID,
                         "reported", "not_reported");
                   }},
}};

const Registered<Conformance> kReapedBelow{{
    .name = "info/exit_from_namespace_below",
    .question = "Can the exit status of a reaped process be read from a PID namespace that could "
                "not see it?",
    .without_pid_namespace = kPidfdOnly,
    .pidfd = {.needs = {"pidfd_open", "ioctl/info_exit"},
              .claims = {Must("eremote", "it had no PID there", "Linux 7.0 fs/pidfs.c pidfd_info")
                             .Since(eras::kInfoElsewhere),
                         May("esrch", "it gave the same error as for a reaped process",
                             "fs/pidfs.c pidfd_info")
                             .Until(eras::kInfoElsewhere)},
              .ask = [](Arena& arena) -> Outcome {
                Child child = arena.Spawn(body::Exits);
                const Fd pidfd = Require(tested::PidfdOpen(child.pid(), 0));
                child.Reap();
                trial_pidfd = &pidfd;
                return AskTrial(
                    arena,
                    [](int) { return tested::GetInfo(trial_pidfd->get(), abi::kInfoExit).error; },
                    CLONE_NEWPID, "reported", "not_reported");
              }},
    .legacy = NotPossible("only the parent can get the status of a process"),
}};

const Registered<Conformance> kIsolated{{
    .name = "info/exit_isolated",
    .question = "Is the exit status of a child in user and PID namespaces of its own reported?",
    .without_pid_namespace = kPidfdOnly,
    .pidfd = {.needs = {"clone/pidfd", "ioctl/info_exit"},
              .claims = {Must("once_reaped", "not for a zombie, then as for any other child",
                              "Linux 6.15 fs/pidfs.c pidfd_info")},
              .ask = [](Arena& arena) -> Outcome {
                Child child = arena.Spawn(body::AtGate, {.how = SpawnOptions::kClone,
                                                         .flags = CLONE_NEWUSER | CLONE_NEWPID});
                child.Open();
                child.AwaitZombie();
                const PidfdInfoReply before = tested::GetInfo(child.pidfd().get(), abi::kInfoExit);
                if (before.error != 0) return Outcome::Of(before.error);
                if (before.Has(abi::kInfoExit)) return "too_early";
                child.Reap();
                const PidfdInfoReply after = tested::GetInfo(child.pidfd().get(), abi::kInfoExit);
                if (after.error != 0) return Outcome::Of(after.error);
                if (!after.Has(abi::kInfoExit)) return "not_reported";
                const int status = after.info.exit_code;
                const bool right = WIFEXITED(status) && WEXITSTATUS(status) == body::kGateStatus;
                return right ? "once_reaped" : "wrong_status";
              }},
    .legacy = NotPossible("only the parent can get the status of a process"),
}};

const Registered<Conformance> kParentOutside{{
    .name = "info/parent_outside",
    .question = "Which parent PID is reported when the parent is in an ancestor PID namespace?",
    .without_pid_namespace = kBothPaths,
    .pidfd = {.needs = {"pidfd_open", "ioctl/info_pid"},
              .claims = {Must("zero", "it has no PID there", "fs/pidfs.c pidfd_info")},
              .ask =
                  [](Arena& arena) {
                    return AskTrial(
                        arena,
                        [](int) -> int {
                          const Result<Fd> own = tested::PidfdOpen(getpid(), 0);
                          if (!own.ok()) return own.error();
                          const PidfdInfoReply reply = tested::GetInfo(own->get(), abi::kInfoPid);
                          if (reply.error != 0) return reply.error;
                          return reply.info.pid == 1 && reply.info.ppid == 0 ? kYes : kNo;
                        },
                        CLONE_NEWPID, "zero", "a_pid");
                  }},
    .legacy = {.claims = {Must("zero", "it has no PID there", "getppid(2)")},
               .ask =
                   [](Arena& arena) {
                     return AskTrial(
                         arena,
                         [](int) -> int { return getpid() == 1 && getppid() == 0 ? kYes : kNo; },
                         CLONE_NEWPID, "zero", "a_pid");
                   }},
}};

// In a user namespace without a map, every uid is the overflow uid, the caller's too.
int IsOverflow(std::int64_t uid) { return uid == getuid() ? kYes : kNo; }

void RequireOtherThanOverflow() {
  constexpr uid_t kOverflow = 65534;  // /proc/sys/kernel/overflowuid, by default
  if (getuid() == kOverflow) throw Unsupported("the trial's own user is the overflow user");
}

const Registered<Conformance> kUnmapped{{
    .name = "info/user_unmapped",
    .question =
        "Which user does PIDFD_GET_INFO report if the caller's user namespace does not map it?",
    .without_pid_namespace = kBothPaths,
    .pidfd = {.needs = {"pidfd_open", "ioctl/info_creds"},
              .claims = {Must("overflow", "the overflow user, as everywhere",
                              "user_namespaces(7), fs/pidfs.c pidfd_info")},
              .ask =
                  [](Arena& arena) {
                    RequireOtherThanOverflow();
                    return AskTrialByPidfd(
                        arena,
                        [](int) -> int {
                          const PidfdInfoReply reply =
                              tested::GetInfo(trial_pidfd->get(), abi::kInfoCreds);
                          return reply.error != 0 ? reply.error : IsOverflow(reply.info.ruid);
                        },
                        CLONE_NEWUSER, "overflow", "another");
                  }},
    .legacy = {.claims = {Must("overflow", "the overflow user, as everywhere",
                               "user_namespaces(7)")},
               .ask =
                   [](Arena& arena) {
                     RequireOtherThanOverflow();
                     proc::ShowOwn();
                     return AskTrial(
                         arena,
                         [](int) -> int {
                           const Result<std::string> status = proc::Read(trial, "status");
                           if (!status.ok()) return status.error();
                           return IsOverflow(proc::Numbers(*status, "Uid").at(0));
                         },
                         CLONE_NEWUSER, "overflow", "another");
                   }},
}};

const Registered<Conformance> kOtherUser{{
    .name = "info/other_user",
    .question = "Can the credentials of another user's processes be read?",
    .without_pid_namespace = kBothPaths,
    .pidfd = {.needs = {"pidfd_open", "ioctl/info_creds"},
              .claims = {Must("reported", "no permission is needed and hidepid does not apply",
                              "fs/pidfs.c pidfd_info")},
              .ask =
                  [](Arena& arena) {
                    return AskTrialByPidfd(
                        arena,
                        [](int) -> int {
                          if (!DropPrivileges()) return kCannotAsk;
                          const PidfdInfoReply reply =
                              tested::GetInfo(trial_pidfd->get(), abi::kInfoCreds);
                          if (reply.error != 0) return reply.error;
                          return reply.info.ruid != getuid() ? kYes : kNo;
                        },
                        0, "reported", "not_reported");
                  }},
    .legacy = {.claims = {Must("reported",
                               "every user can read a status file unless hidepid forbids it",
                               "proc(5)")},
               .ask =
                   [](Arena& arena) {
                     proc::ShowOwn();
                     return AskTrial(
                         arena,
                         [](int) -> int {
                           if (!DropPrivileges()) return kCannotAsk;
                           const Result<std::string> status = proc::Read(trial, "status");
                           if (!status.ok()) return status.error();
                           return proc::Numbers(*status, "Uid").at(0) != getuid() ? kYes : kNo;
                         },
                         0, "reported", "not_reported");
                   }},
}};

}  // namespace
}  // namespace pidproof::scenarios::conformance::info_elsewhere
