// An open /proc/PID directory in place of a pidfd.
#include <fcntl.h>
#include <fmt/format.h>
#include <signal.h>

#include "probes/system/require.h"
#include "probes/system/sys.h"
#include "scenarios/fixtures/alike.h"
#include "scenarios/fixtures/proc.h"
#include "scenarios/fixtures/proc_directory.h"
#include "scenarios/fixtures/thread.h"
#include "scenarios/scenario.h"
#include "scenarios/tested.h"

namespace pidproof::scenarios::conformance::signal_proc {
namespace {

constexpr char kPidInName[] =
    "kill(2) takes no descriptor: the PID would be read from the directory's name";

const Registered<Conformance> kAlive{{
    .name = "signal/proc_directory",
    .question = "Can a process be signalled by its /proc directory?",
    .without_pid_namespace = kBothPaths,
    .pidfd = {.needs = {"pidfd_send_signal/proc_fd"},
              .claims = {Must("hit", "the directory refers to the process like a pidfd",
                              "pidfd_send_signal(2)")},
              .ask = [](Arena& arena) -> Outcome {
                ChildWithProcDir shown = SpawnShown(arena);
                const sys::Status sent =
                    tested::PidfdSendSignal(shown.directory.get(), SIGUSR1, nullptr, 0);
                if (!sent.ok()) return Outcome::Of(sent);
                Require(sys::Kill(shown.child.pid(), SIGUSR2));
                return shown.child.Reap().si_status == SIGUSR1 ? "hit" : "missed";
              }},
    .legacy = {.claims = {Must("hit", "its PID reaches the process", "kill(2)")},
               .ask = [](Arena& arena) -> Outcome {
                 Child child = arena.Spawn(body::Lingers);
                 Require(sys::Kill(child.pid(), SIGUSR1));
                 Require(sys::Kill(child.pid(), SIGUSR2));
                 return child.Reap().si_status == SIGUSR1 ? "hit" : "missed";
               }},
}};

const Registered<Conformance> kDead{{
    .name = "signal/proc_directory_of_dead",
    .question = "Does an open /proc directory of a reaped process refer to no other process?",
    .without_pid_namespace = kPidfdOnly,
    .pidfd = {.needs = {"pidfd_send_signal/proc_fd"},
              .claims = {Must("esrch", "an open directory stays that of the process",
                              "pidfd_send_signal(2)")},
              .ask = [](Arena& arena) -> Outcome {
                ChildWithProcDir shown = SpawnShown(arena);
                shown.child.Kill();
                shown.child.Reap();
                return Outcome::Of(tested::PidfdSendSignal(shown.directory.get(), 0, nullptr, 0));
              }},
    .legacy = {.claims = {Must("esrch", "no process has this PID until it is reused", "kill(2)")},
               .ask = [](Arena& arena) -> Outcome {
                 Child child = arena.Spawn(body::Lingers);
                 const pid_t pid = child.pid();
                 child.Kill();
                 child.Reap();
                 return Outcome::Of(sys::Kill(pid, 0));
               }},
}};

// Files in such a directory, and a link to it.
const Registered<Conformance> kNotDirectory{{
    .name = "signal/proc_other_files",
    .question = "Does pidfd_send_signal accept other descriptors from /proc/PID?",
    .without_pid_namespace = kPidfdOnly,
    .pidfd = {.needs = {"pidfd_send_signal/proc_fd"},
              .claims = {Must("ebadf", "only the open directory of the process itself is accepted",
                              "fs/proc/base.c tgid_pidfd_to_pid")},
              .ask = [](Arena& arena) -> Outcome {
                const ChildWithProcDir shown = SpawnShown(arena);
                const Fd status(openat(shown.directory.get(), "status", O_RDONLY | O_CLOEXEC));
                const Fd tasks(openat(shown.directory.get(), "task", O_DIRECTORY | O_CLOEXEC));
                const Fd root(open("/proc", O_DIRECTORY | O_CLOEXEC));
                Require(status && tasks && root);
                return SameForEach({status.get(), tasks.get(), root.get()}, [](int fd) {
                  return Outcome::Of(tested::PidfdSendSignal(fd, 0, nullptr, 0));
                });
              }},
    .legacy = NotPossible(kPidInName),
}};

const Registered<Conformance> kPathOnly{{
    .name = "signal/proc_path_only",
    .question = "Does pidfd_send_signal accept a /proc directory that was opened with O_PATH?",
    .without_pid_namespace = kPidfdOnly,
    .pidfd = {.needs = {"pidfd_send_signal/proc_fd"},
              .claims = {Must("ebadf", "an O_PATH descriptor only identifies a location",
                              "open(2) O_PATH")},
              .ask = [](Arena& arena) -> Outcome {
                const ChildWithProcDir shown = SpawnShown(arena);
                const Fd path(openat(shown.directory.get(), ".", O_PATH | O_DIRECTORY | O_CLOEXEC));
                Require(bool(path));
                return Outcome::Of(tested::PidfdSendSignal(path.get(), 0, nullptr, 0));
              }},
    .legacy = NotPossible(kPidInName),
}};

const Registered<Conformance> kElsewhere{{
    .name = "signal/proc_directory_elsewhere",
    .question = "Do waitid and pidfd_getfd accept a /proc directory as a pidfd?",
    .without_pid_namespace = kPidfdOnly,
    .pidfd = {.needs = {"pidfd_send_signal/proc_fd", "waitid/p_pidfd", "pidfd_getfd"},
              .claims = {Must("ebadf", "only pidfd_send_signal does",
                              "pidfd_open(2), kernel/pid.c pidfd_pid")},
              .ask = [](Arena& arena) -> Outcome {
                const ChildWithProcDir shown = SpawnShown(arena);
                using Call = int (*)(int);
                return SameForEach<Call>(
                    {[](int fd) {
                       return tested::Waitid(abi::kIdPidfd, fd, WEXITED | WNOHANG).error();
                     },
                     [](int fd) { return tested::PidfdGetfd(fd, 0, 0).error(); }},
                    [&](Call call) { return Outcome::Of(call(shown.directory.get())); });
              }},
    .legacy = NotPossible(kPidInName),
}};

const Registered<Conformance> kZombie{{
    .name = "signal/proc_directory_of_zombie",
    .question = "Can a zombie be signalled by its /proc directory?",
    .without_pid_namespace = kBothPaths,
    .claims = {Must("ok", "a zombie is still a process", "kill(2)")},
    .pidfd = {.needs = {"pidfd_send_signal/proc_fd"},
              .ask = [](Arena& arena) -> Outcome {
                ChildWithProcDir shown = SpawnShown(arena);
                shown.child.Kill();
                shown.child.AwaitZombie();
                return Outcome::Of(
                    tested::PidfdSendSignal(shown.directory.get(), SIGUSR1, nullptr, 0));
              }},
    .legacy = {.ask = [](Arena& arena) -> Outcome {
      const Child child = arena.Spawn(body::Exits);
      child.AwaitZombie();
      return Outcome::Of(sys::Kill(child.pid(), SIGUSR1));
    }},
}};

// Whether SIGUSR1, which all threads block, is pending for this thread: a signal for another thread
// would not be.
bool HasCome() {
  sigset_t pending;
  Require(sigpending(&pending) == 0);
  return sigismember(&pending, SIGUSR1) == 1;
}

Outcome Reached(const sys::Status& sent) {
  if (!sent.ok()) return Outcome::Of(sent);
  return HasCome() ? "whole_process" : "other_thread";
}

const Registered<Conformance> kThread{{
    .name = "signal/proc_directory_of_thread",
    .question = "Which thread receives a signal that is sent by the /proc/TID directory of one?",
    .without_pid_namespace = kBothPaths,
    .claims = {Must("whole_process", "any thread's TID there stands for its process",
                    "kernel/signal.c kill_pid_info, kill(2)")},
    .pidfd = {.needs = {"pidfd_send_signal/proc_fd"},
              .ask = [](Arena&) -> Outcome {
                proc::ShowOwn();
                const SecondThread thread;
                const Fd directory(
                    open(fmt::format("/proc/{}", thread.tid()).c_str(), O_DIRECTORY | O_CLOEXEC));
                Require(static_cast<bool>(directory));
                return Reached(tested::PidfdSendSignal(directory.get(), SIGUSR1, nullptr, 0));
              }},
    .legacy = {.ask = [](Arena&) -> Outcome {
      const SecondThread thread;
      return Reached(sys::Kill(thread.tid(), SIGUSR1));
    }},
}};

const Registered<Conformance> kThreadSelf{{
    .name = "signal/proc_thread_self",
    .question = "Does pidfd_send_signal accept /proc/thread-self or another directory of a thread?",
    .without_pid_namespace = kPidfdOnly,
    .pidfd = {.needs = {"pidfd_send_signal/proc_fd"},
              .claims = {Must("ebadf", "what is below task is not the directory of a process",
                              "fs/proc/base.c tgid_pidfd_to_pid")},
              .ask = [](Arena&) -> Outcome {
                const Fd self(open("/proc/thread-self", O_DIRECTORY | O_CLOEXEC));
                const Fd first(open(fmt::format("/proc/self/task/{}", proc::OwnPid()).c_str(),
                                    O_DIRECTORY | O_CLOEXEC));
                if (!self || !first) throw Unsupported("no /proc shows this process");
                return SameForEach({self.get(), first.get()}, [](int fd) {
                  return Outcome::Of(tested::PidfdSendSignal(fd, 0, nullptr, 0));
                });
              }},
    .legacy = NotPossible(kPidInName),
}};

}  // namespace
}  // namespace pidproof::scenarios::conformance::signal_proc
