// pidfd_getfd(2) beside /proc/PID/fd: who may copy, and from a process in which state.
#include <errno.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <vector>

#include "probes/system/require.h"
#include "probes/system/sys.h"
#include "scenarios/fixtures/call_in_child.h"
#include "scenarios/fixtures/fd_owner.h"
#include "scenarios/fixtures/proc.h"
#include "scenarios/fixtures/threaded.h"
#include "scenarios/scenario.h"
#include "scenarios/tested.h"

namespace pidproof::scenarios::conformance::getfd_rights {
namespace {

int File() { return memfd_create("owned", MFD_CLOEXEC); }

Outcome Had(const Result<Fd>& fd) { return Outcome::Of(fd.error()); }

// An owner that both ways can reach.
FdOwner OwnerInReach(Arena& arena) {
  FdOwner owner = FdOwner::Make(arena, File);
  if (owner.in_proc == 0) throw Unsupported("no /proc shows the process");
  return owner;
}

// Handed to another child by fork. A trial has a process of its own.
const FdOwner* handed = nullptr;
Path handed_path;

Outcome FromSibling(Arena& arena, Path path) {
  const FdOwner owner = OwnerInReach(arena);
  handed = &owner;
  handed_path = path;
  return CallInChild(
      arena, [](int) { return handed->Named(handed_path).CopyFd(FdOwner::kOwned).error(); },
      "the sibling could not make the call");
}

const Registered<Conformance> kSibling{{
    .name = "getfd/sibling",
    .question = "Can a process fetch a descriptor of its sibling?",
    .without_pid_namespace = kBothPaths,
    .pidfd = {.needs = {"pidfd_open", "pidfd_getfd/child"},
              .claims = {May("ok", "the same user is permitted, as by PTRACE_MODE_ATTACH",
                             "pidfd_getfd(2)"),
                         May("eperm", "Yama's ptrace_scope may restrict it to ancestors",
                             "ptrace(2), Documentation/admin-guide/LSM/Yama.rst")}},
    .legacy = {.claims = {Must("ok",
                               "the link needs read access only, which Yama does not restrict",
                               "proc_pid_fd(5)")}},
    .ask = FromSibling,
}};

template <int kDescriptor>
Outcome ByStranger(Arena& arena, Path path) {
  const FdOwner owner = OwnerInReach(arena);
  return CallUnprivileged(arena, [&] { return owner.Named(path).CopyFd(kDescriptor).error(); });
}

const Registered<Conformance> kOtherUserTries{{
    .name = "getfd/other_user",
    .question = "Can another user without privilege fetch a descriptor of a process?",
    .without_pid_namespace = kBothPaths,
    .pidfd = {.needs = {"pidfd_open", "pidfd_getfd/child"},
              .claims = {Must("eperm", "it requires permission to trace the process",
                              "pidfd_getfd(2)")}},
    .legacy = {.claims = {Must("eacces", "it requires permission to read the process's state",
                               "proc_pid_fd(5)")}},
    .ask = ByStranger<FdOwner::kOwned>,
}};

const Registered<Conformance> kOtherUserAsks{{
    .name = "getfd/other_user_learns",
    .question = "Does the error show another user which descriptors a process has open?",
    .without_pid_namespace = kBothPaths,
    .pidfd = {.needs = {"pidfd_open", "pidfd_getfd/child"},
              .claims = {Must("eperm", "permission is checked before the descriptor number",
                              "kernel/pid.c __pidfd_fget"),
                         Never("ebadf", "another user could probe for open descriptors",
                               "pidfd_getfd(2)")}},
    .legacy = {.claims = {Must("eacces", "another user cannot search the directory",
                               "proc_pid_fd(5)")}},
    .no_control = "permission for /proc/PID/fd is checked first too",
    .ask = ByStranger<FdOwner::kOwned + 1>,
}};

int UndumpableFile() { return prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) == 0 ? File() : -1; }

Outcome FromUndumpable(Arena& arena, Path path) {
  Require(sys::DropCapabilities());
  return Had(FdOwner::Make(arena, UndumpableFile).Named(path).CopyFd(FdOwner::kOwned));
}

const Registered<Conformance> kUndumpable{{
    .name = "getfd/undumpable",
    .question = "Does PR_SET_DUMPABLE 0 keep an unprivileged parent from a child's descriptors?",
    .without_pid_namespace = kBothPaths,
    .pidfd = {.needs = {"pidfd_open", "pidfd_getfd/child"},
              .claims = {Must("eperm", "only a privileged process can trace it",
                              "PR_SET_DUMPABLE(2const)")}},
    .legacy = {.claims = {Must("eacces", "only a privileged process can use its links",
                               "proc_pid_fd(5)")}},
    .ask = FromUndumpable,
}};

const Registered<Conformance> kUndumpableSelf{{
    .name = "getfd/undumpable_self",
    .question = "Does PR_SET_DUMPABLE 0 keep a process from its own descriptors?",
    .without_pid_namespace = kBothPaths,
    .claims = {Must("ok", "a process always has access to itself",
                    "ptrace(2) access mode checking")},
    .pidfd = {.needs = {"pidfd_open", "pidfd_getfd/child"},
              .ask = [](Arena&) -> Outcome {
                Require(sys::DropCapabilities());
                const Fd file(UndumpableFile());
                const Fd self = Require(tested::PidfdOpen(getpid(), 0));
                return Had(tested::PidfdGetfd(self.get(), file.get(), 0));
              }},
    .legacy = {.ask = [](Arena&) -> Outcome {
      const pid_t in_proc = proc::OwnPid();
      Require(sys::DropCapabilities());
      const Fd file(UndumpableFile());
      return Had(proc::Reopen(in_proc, file.get()));
    }},
}};

// The errno for a process that has exited, or whose first thread has: it changed.
std::vector<Claim> ClaimsOfEnded(std::string_view reason) {
  return {Must("esrch", reason, "Linux 6.9 kernel/pid.c __pidfd_fget").Since(eras::kGetfdOfExited),
          May("ebadf", "its descriptor table was empty", "kernel/pid.c __pidfd_fget")
              .Until(eras::kGetfdOfExited)};
}

const std::vector<Claim> kNoLinks = {
    May("enoent", "there are no links left", "proc_pid_fd(5)"),
    May("eacces", "a process without memory belongs to root in /proc",
        "fs/proc/base.c task_dump_owner")};

Outcome FromZombie(Arena& arena, Path path) {
  const FdOwner owner = FdOwner::Make(arena, File);
  owner.child.Kill();
  owner.child.AwaitZombie();
  return Had(owner.Named(path).CopyFd(FdOwner::kOwned));
}

const Registered<Conformance> kZombie{{
    .name = "getfd/zombie",
    .question = "Can a descriptor be fetched from a zombie?",
    .without_pid_namespace = kBothPaths,
    .pidfd = {.needs = {"pidfd_open", "pidfd_getfd/child"},
              .claims = ClaimsOfEnded("a zombie has closed all its descriptors")},
    .legacy = {.claims = kNoLinks},
    .ask = FromZombie,
}};

const Registered<Conformance> kReaped{{
    .name = "getfd/reaped",
    .question =
        "Can a descriptor of a reaped process be fetched by a pidfd or an open /proc directory?",
    .without_pid_namespace = kBothPaths,
    .pidfd = {.needs = {"pidfd_open", "pidfd_getfd/child"},
              .claims = {Must("esrch", "the process has been reaped", "pidfd_getfd(2)")},
              .ask = [](Arena& arena) -> Outcome {
                FdOwner owner = FdOwner::Make(arena, File);
                const Fd pidfd = Require(tested::PidfdOpen(owner.child.pid(), 0));
                owner.child.Kill();
                owner.child.Reap();
                return Had(tested::PidfdGetfd(pidfd.get(), FdOwner::kOwned, 0));
              }},
    .legacy = {.claims = {May("enoent", "the open directory belongs to the process, not to its PID",
                              "proc_pid_fd(5)"),
                          May("esrch", "the open directory belongs to the process, not to its PID",
                              "proc_pid_fd(5)")},
               .ask = [](Arena& arena) -> Outcome {
                 FdOwner owner = FdOwner::Make(arena, File);
                 if (owner.in_proc == 0) throw Unsupported("no /proc shows the process");
                 const Fd directory(
                     open(fmt::format("/proc/{}", owner.in_proc).c_str(), O_DIRECTORY | O_CLOEXEC));
                 Require(static_cast<bool>(directory));
                 owner.child.Kill();
                 owner.child.Reap();
                 const Fd opened(openat(directory.get(),
                                        fmt::format("fd/{}", FdOwner::kOwned).c_str(),
                                        O_RDWR | O_CLOEXEC));
                 return Outcome::Of(opened ? 0 : errno);
               }},
}};

const Registered<Conformance> kLeaderGone{{
    .name = "getfd/leader_gone",
    .question = "Can a descriptor be fetched when the thread-group leader has exited and other "
                "threads run?",
    .without_pid_namespace = kBothPaths,
    .pidfd = {.needs = {"pidfd_open", "pidfd_getfd/child"},
              .claims =
                  ClaimsOfEnded("only the thread-group leader is looked at, which has exited"),
              .ask = [](Arena& arena) -> Outcome {
                const Leaderless made = Leaderless::Make(arena);
                const Fd pidfd = Require(tested::PidfdOpen(made.child.pid(), 0));
                return Had(tested::PidfdGetfd(pidfd.get(), made.child.gate(), 0));
              }},
    .legacy = {.claims = kNoLinks,
               .ask = [](Arena& arena) -> Outcome {
                 const Leaderless made = Leaderless::Make(arena);
                 return Had(proc::Reopen(made.in_proc, made.child.gate()));
               }},
}};

const Registered<Conformance> kOtherThread{{
    .name = "getfd/leader_gone_other_thread",
    .question = "Can a descriptor be fetched from a running thread when the thread-group leader "
                "has exited?",
    .without_pid_namespace = kPidfdOnly,
    .pidfd = {.needs = {"pidfd_open/thread", "pidfd_getfd/child"},
              .claims = {Must("ok", "the threads share their descriptors",
                              "pidfd_open(2) PIDFD_THREAD")},
              .ask = [](Arena& arena) -> Outcome {
                const Leaderless made = Leaderless::Make(arena);
                const Fd thread = Require(tested::PidfdOpen(made.other, abi::kPidfdThread));
                return Had(tested::PidfdGetfd(thread.get(), made.child.gate(), 0));
              }},
    .legacy = NotPossible("the TID in that /proc may differ from ours"),
}};

}  // namespace
}  // namespace pidproof::scenarios::conformance::getfd_rights
