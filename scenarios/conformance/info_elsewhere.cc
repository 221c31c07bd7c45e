// PIDFD_GET_INFO asked from elsewhere: another pid namespace, another user namespace, another user.
#include <errno.h>
#include <sched.h>
#include <unistd.h>

#include "probes/system/pidfd_info.h"
#include "probes/system/require.h"
#include "scenarios/fixtures/call_in_child.h"
#include "scenarios/fixtures/proc.h"
#include "scenarios/scenario.h"
#include "scenarios/tested.h"

namespace pidproof {
namespace {

// What the child that asks ends with when it has no errno to tell.
enum Ending { kYes = 0, kNo = 253, kCannotAsk = 254 };

// The trial itself, as its children ask of it.
pid_t trial = 0;
const Fd* trial_pidfd = nullptr;

// How the child is answered; yes is the word for what it ends with as kYes.
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
      throw Unsupported("the child cannot be put where it should ask from");
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
    .question = "Is a process told of in a pid namespace that cannot see it?",
    .without_pid_namespace = kBothPaths,
    .pidfd = {.needs = {"pidfd_open", "ioctl/info"},
              .claims = {Must("eremote", "it has no number there",
                              "Linux 7.0 fs/pidfs.c pidfd_info")
                             .Since(eras::kInfoElsewhere),
                         May("esrch", "not told apart from a process that is reaped",
                             "fs/pidfs.c pidfd_info")
                             .Until(eras::kInfoElsewhere)},
              .ask =
                  [](Arena& arena) {
                    return AskTrialByPidfd(
                        arena,
                        [](int) {
                          return tested::GetInfo(trial_pidfd->get(), abi::kInfoPid).error;
                        },
                        CLONE_NEWPID, "told", "not_told");
                  }},
    .legacy = {.claims = {Must("esrch", "its number means nobody there, or another",
                               "pid_namespaces(7)")},
               .ask =
                   [](Arena& arena) {
                     return AskTrial(
                         arena, [](int) { return getpgid(trial) < 0 ? errno : 0; }, CLONE_NEWPID,
                         "told", "not_told");
                   }},
}};

const Registered<Conformance> kParentOutside{{
    .name = "info/parent_outside",
    .question = "Which number is told of a parent in the pid namespace above?",
    .without_pid_namespace = kBothPaths,
    .pidfd = {.needs = {"pidfd_open", "ioctl/info_pid"},
              .claims = {Must("zero", "it has no number there", "fs/pidfs.c pidfd_info")},
              .ask =
                  [](Arena& arena) {
                    return AskTrial(
                        arena,
                        [](int) -> int {
                          const Result<Fd> own = tested::PidfdOpen(getpid(), 0);
                          if (!own.ok()) return own.error();
                          const PidfdInfoReply told = tested::GetInfo(own->get(), abi::kInfoPid);
                          if (told.error != 0) return told.error;
                          return told.info.pid == 1 && told.info.ppid == 0 ? kYes : kNo;
                        },
                        CLONE_NEWPID, "zero", "a_number");
                  }},
    .legacy = {.claims = {Must("zero", "it has no number there", "getppid(2)")},
               .ask =
                   [](Arena& arena) {
                     return AskTrial(
                         arena,
                         [](int) -> int { return getpid() == 1 && getppid() == 0 ? kYes : kNo; },
                         CLONE_NEWPID, "zero", "a_number");
                   }},
}};

// In a user namespace that maps nobody, everybody is the overflow user: the one who asks too.
int IsOverflow(std::int64_t uid) { return uid == getuid() ? kYes : kNo; }

void RequireOtherThanOverflow() {
  constexpr uid_t kOverflow = 65534;  // /proc/sys/kernel/overflowuid of nearly all machines
  if (getuid() == kOverflow) throw Unsupported("the trial's own user is the overflow user");
}

const Registered<Conformance> kUnmapped{{
    .name = "info/user_unmapped",
    .question = "Which user is told where the user namespace of who asks does not know him?",
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
                          const PidfdInfoReply told =
                              tested::GetInfo(trial_pidfd->get(), abi::kInfoCreds);
                          return told.error != 0 ? told.error : IsOverflow(told.info.ruid);
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
    .question = "Is anybody told of the processes of other users?",
    .without_pid_namespace = kBothPaths,
    .pidfd = {.needs = {"pidfd_open", "ioctl/info_creds"},
              .claims = {Must("told", "it takes no permission, nor does hidepid matter",
                              "fs/pidfs.c pidfd_info")},
              .ask =
                  [](Arena& arena) {
                    return AskTrialByPidfd(
                        arena,
                        [](int) -> int {
                          if (!DropPrivileges()) return kCannotAsk;
                          const PidfdInfoReply told =
                              tested::GetInfo(trial_pidfd->get(), abi::kInfoCreds);
                          if (told.error != 0) return told.error;
                          return told.info.ruid != getuid() ? kYes : kNo;
                        },
                        0, "told", "not_told");
                  }},
    .legacy = {.claims = {Must("told", "everybody may read a status file, save for hidepid",
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
                         0, "told", "not_told");
                   }},
}};

}  // namespace
}  // namespace pidproof
