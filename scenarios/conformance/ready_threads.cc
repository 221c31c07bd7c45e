// When is a process of several threads readable, and when is one thread? Threads that exit, and
// threads that execute another program.
#include <poll.h>
#include <unistd.h>

#include "probes/system/require.h"
#include "scenarios/fixtures/proc.h"
#include "scenarios/fixtures/thread.h"
#include "scenarios/fixtures/threaded.h"
#include "scenarios/handle.h"
#include "scenarios/scenario.h"
#include "scenarios/tested.h"

namespace pidproof::scenarios::conformance::ready_threads {
namespace {

constexpr std::string_view kNoThreadEnd = "a TID can only be queried repeatedly";

Outcome Ended(const Handle& handle) {
  const Result<bool> ended = handle.Ended();
  if (!ended.ok()) return Outcome::Of(ended.error());
  return *ended ? "ended" : "not_ended";
}

Outcome Ended(const Fd& pidfd) {
  const Result<short> ready = tested::Poll(pidfd.get(), POLLIN, 0);
  if (!ready.ok()) return Outcome::Of(ready.error());
  return *ready == 0 ? "not_ended" : "ended";
}

const Registered<Conformance> kLeaderGone{{
    .name = "ready/leader_gone",
    .question =
        "Does a process look ended when the thread-group leader has exited and other threads run?",
    .without_pid_namespace = kBothPaths,
    .pidfd = {.needs = {"pidfd_open", "poll"},
              .claims = {Must("not_ended", "a process ends with its last thread", "pidfd_open(2)")},
              .ask = [](Arena& arena) -> Outcome {
                const Leaderless made = Leaderless::Make(arena);
                return Ended(Require(tested::PidfdOpen(made.child.pid(), 0)));
              }},
    .legacy = {.claims = {Hazard(
                   "zombie", "/proc/PID/stat shows the state of the thread-group leader, a zombie",
                   "proc_pid_stat(5)")},
               .ask = [](Arena& arena) -> Outcome {
                 const Leaderless made = Leaderless::Make(arena);
                 return proc::State(made.in_proc) == 'Z' ? "zombie" : "no_zombie";
               }},
}};

const Registered<Conformance> kLastLeaves{{
    .name = "ready/last_thread_leaves",
    .question =
        "Does a process look ended once the last thread exits after the thread-group leader?",
    .without_pid_namespace = kBothPaths,
    .pidfd = {.needs = {"pidfd_open", "poll"},
              .claims = {Must("ended", "a process ends with its last thread", "pidfd_open(2)")}},
    .legacy = {.claims = {Hazard("not_ended", "kill(pid, 0) succeeds on a zombie", "kill(2)")}},
    .ask = [](Arena& arena, Path path) -> Outcome {
      const Leaderless made = Leaderless::Make(arena);
      const Handle handle = Handle::To(made.child, path);
      made.child.Open();
      made.child.AwaitZombie();
      return Ended(handle);
    },
}};

const Registered<Conformance> kLeaderThread{{
    .name = "ready/leader_thread_gone",
    .question =
        "Is a pidfd of the thread-group leader readable when it has exited and other threads run?",
    .without_pid_namespace = kPidfdOnly,
    .pidfd = {.needs = {"pidfd_open/thread", "poll"},
              .claims = {Must("not_ended", "its TID is the process's PID and still in use",
                              "Linux 6.15 pidfd_poll")
                             .Since(eras::kFirstThreadWaits),
                         Hazard("ended", "an execve may give the TID to a live thread again",
                                "kernel/fork.c pidfd_poll")
                             .Until(eras::kFirstThreadWaits)},
              .ask = [](Arena& arena) -> Outcome {
                const Leaderless made = Leaderless::Make(arena);
                return Ended(Require(tested::PidfdOpen(made.child.pid(), abi::kPidfdThread)));
              }},
    .legacy = NotPossible(kNoThreadEnd),
}};

const Registered<Conformance> kThreadLeaves{{
    .name = "ready/thread_leaves",
    .question =
        "Which pidfds are readable when one thread has exited and the thread-group leader runs?",
    .without_pid_namespace = kPidfdOnly,
    .pidfd = {.needs = {"pidfd_open/thread", "poll"},
              .claims = {Must("thread_only", "each reports the end of what it refers to",
                              "pidfd_open(2) PIDFD_THREAD")},
              .ask = [](Arena&) -> Outcome {
                const Fd process = Require(tested::PidfdOpen(getpid(), 0));
                Outcome before = "not_called";
                Fd thread;
                OnAnotherThread([&] {
                  thread = Require(tested::PidfdOpen(gettid(), abi::kPidfdThread));
                  before = Ended(thread);
                });
                if (before != Outcome("not_ended")) return before;
                Require(tested::Poll(thread.get(), POLLIN, -1));
                return Ended(process) == Outcome("ended") ? "both" : "thread_only";
              }},
    .legacy = NotPossible(kNoThreadEnd),
}};

// Asks the handle of a child after its first or second thread has executed a program.
template <Executed::Who kWho>
Outcome AfterExec(Arena& arena, Path path) {
  Executed made = Executed::Make(arena, kWho);
  const Handle handle = Handle::To(made.child, path);
  made.Await();
  const Outcome executed = Ended(handle);
  made.Finish();
  return executed;
}

const Registered<Conformance> kExec{{
    .name = "ready/exec",
    .question = "Does execve make a process look ended?",
    .without_pid_namespace = kBothPaths,
    .claims = {Must("not_ended", "execve changes the program, not the process", "execve(2)")},
    .pidfd = {.needs = {"pidfd_open", "poll"}},
    .ask = AfterExec<Executed::Who::kLeader>,
}};

const Registered<Conformance> kExecByThread{{
    .name = "ready/exec_by_thread",
    .question = "Does an execve by a thread other than the leader make the process look ended?",
    .without_pid_namespace = kBothPaths,
    .claims = {Must("not_ended", "the thread takes over the PID of the process",
                    "execve(2) NOTES")},
    .pidfd = {.needs = {"pidfd_open", "poll"}},
    .ask = AfterExec<Executed::Who::kOtherThread>,
}};

// A child whose second thread executes a program, and a pidfd of one of its threads.
template <typename Choose>
Outcome ThreadAfterExec(Arena& arena, Choose choose) {
  Executed made = Executed::Make(arena, Executed::Who::kOtherThread);
  const Fd thread = Require(tested::PidfdOpen(choose(made), abi::kPidfdThread));
  made.Await();
  const Outcome executed = Ended(thread);
  made.Finish();
  return executed;
}

const Registered<Conformance> kExecOwnThread{{
    .name = "ready/exec_thread_itself",
    .question =
        "Is a thread's own pidfd readable once it has called execve and taken the process's PID?",
    .without_pid_namespace = kPidfdOnly,
    .pidfd = {.needs = {"pidfd_open/thread", "poll"},
              .claims = {Must("ended", "its old TID is gone, though the thread runs on",
                              "execve(2) NOTES")},
              .ask =
                  [](Arena& arena) {
                    return ThreadAfterExec(arena, [](const Executed& made) { return made.thread; });
                  }},
    .legacy = NotPossible(kNoThreadEnd),
}};

const Registered<Conformance> kExecFirstThread{{
    .name = "ready/exec_first_thread",
    .question =
        "Is the thread-group leader's pidfd readable once another thread's execve has ended it?",
    .without_pid_namespace = kPidfdOnly,
    .pidfd = {.needs = {"pidfd_open/thread", "poll"},
              .claims = {Must("not_ended", "its TID names the thread that took its place",
                              "Linux 6.15 pidfd_poll")},
              .ask =
                  [](Arena& arena) {
                    return ThreadAfterExec(arena,
                                           [](const Executed& made) { return made.child.pid(); });
                  }},
    .legacy = NotPossible(kNoThreadEnd),
}};

}  // namespace
}  // namespace pidproof::scenarios::conformance::ready_threads
