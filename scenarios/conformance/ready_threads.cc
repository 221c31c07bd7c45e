// When is a process of several threads readable, and when is one thread? Threads that leave, and
// threads that execute another program.
#include <poll.h>
#include <unistd.h>

#include "probes/system/require.h"
#include "scenarios/fixtures/alike.h"
#include "scenarios/fixtures/proc.h"
#include "scenarios/fixtures/thread.h"
#include "scenarios/fixtures/threaded.h"
#include "scenarios/handle.h"
#include "scenarios/scenario.h"
#include "scenarios/tested.h"

namespace pidproof {
namespace {

constexpr std::string_view kNoThreadEnd =
    "the number of a thread can only be asked for again and again";

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

const Registered<Scenario> kLeaderGone{{
    .name = "ready/leader_gone",
    .question = "The first thread has left and others run on: does the process look as if it had "
                "ended?",
    .pidfd_needs = {"pidfd_open", "poll"},
    .without_pid_namespace = kBothPaths,
    .claims = {{kPidfd, "not_ended", kMust, "a process ends with its last thread", "pidfd_open(2)"},
               {kLegacyPid, "zombie", kHazard,
                "/proc/PID/stat tells the state of the first thread, a zombie",
                "proc_pid_stat(5)"}},
    .by_pidfd = [](Arena& arena) -> Outcome {
      const Leaderless made = Leaderless::Make(arena);
      return Ended(Require(tested::PidfdOpen(made.child.pid(), 0)));
    },
    .by_number = [](Arena& arena) -> Outcome {
      const Leaderless made = Leaderless::Make(arena);
      return proc::State(made.in_proc) == 'Z' ? "zombie" : "no_zombie";
    },
}};

const Registered<Scenario> kLastLeaves{{
    .name = "ready/last_thread_leaves",
    .question = "The first thread left long ago: is the process readable once the last one leaves?",
    .pidfd_needs = {"pidfd_open", "poll"},
    .without_pid_namespace = kBothPaths,
    .claims = {{kPidfd, "ended", kMust, "a process ends with its last thread", "pidfd_open(2)"},
               {kLegacyPid, "not_ended", kHazard, "kill(pid, 0) succeeds on a zombie", "kill(2)"}},
    .trial = [](Arena& arena, Path path) -> Outcome {
      const Leaderless made = Leaderless::Make(arena);
      const Handle handle = Handle::To(made.child, path);
      made.child.Open();
      made.child.AwaitZombie();
      return Ended(handle);
    },
}};

const Registered<Scenario> kLeaderThread{{
    .name = "ready/leader_thread_gone",
    .question = "The first thread has left and others run on: is a pidfd of that thread readable?",
    .pidfd_needs = {"pidfd_open/thread", "poll"},
    .without_pid_namespace = kPidfdOnly,
    .claims = {{kPidfd, "not_ended", kMust, "its number is the process's, and still in use",
                "Linux 6.15 pidfd_poll", &eras::kFirstThreadWaits},
               {kPidfd,
                "ended",
                kHazard,
                "an exec may give the number to a live thread again",
                "kernel/fork.c pidfd_poll",
                {},
                &eras::kFirstThreadWaits}},
    .by_pidfd = [](Arena& arena) -> Outcome {
      const Leaderless made = Leaderless::Make(arena);
      return Ended(Require(tested::PidfdOpen(made.child.pid(), abi::kPidfdThread)));
    },
    .not_possible_by_pid = kNoThreadEnd,
}};

const Registered<Scenario> kThreadLeaves{{
    .name = "ready/thread_leaves",
    .question = "One thread leaves and the first runs on: what do pidfds of the thread and of the "
                "process say?",
    .pidfd_needs = {"pidfd_open/thread", "poll"},
    .without_pid_namespace = kPidfdOnly,
    .claims = {{kPidfd, "thread_only", kMust, "each tells the end of what it names",
                "pidfd_open(2) PIDFD_THREAD"}},
    .by_pidfd = [](Arena&) -> Outcome {
      const Fd process = Require(tested::PidfdOpen(getpid(), 0));
      Outcome before = "unasked";
      Fd thread;
      OnAnotherThread([&] {
        thread = Require(tested::PidfdOpen(gettid(), abi::kPidfdThread));
        before = Ended(thread);
      });
      if (before != Outcome("not_ended")) return before;
      Require(tested::Poll(thread.get(), POLLIN, -1));
      return Ended(process) == Outcome("ended") ? "both" : "thread_only";
    },
    .not_possible_by_pid = kNoThreadEnd,
}};

// Asks the handle of a child that executes a program, on its first thread or another, once it has.
template <Executed::Who kWho>
Outcome AfterExec(Arena& arena, Path path) {
  Executed made = Executed::Make(arena, kWho);
  const Handle handle = Handle::To(made.child, path);
  made.Await();
  const Outcome executed = Ended(handle);
  made.Finish();
  return executed;
}

const Registered<Scenario> kExec{{
    .name = "ready/exec",
    .question = "Is execve an end?",
    .pidfd_needs = {"pidfd_open", "poll"},
    .without_pid_namespace = kBothPaths,
    .claims = Both("not_ended", "execve changes the program, not the process", "execve(2)"),
    .trial = AfterExec<Executed::Who::kLeader>,
}};

const Registered<Scenario> kExecByThread{{
    .name = "ready/exec_by_thread",
    .question =
        "Another thread than the first calls execve, which ends all others: is that an end?",
    .pidfd_needs = {"pidfd_open", "poll"},
    .without_pid_namespace = kBothPaths,
    .claims =
        Both("not_ended", "the thread takes the number of the process over", "execve(2) NOTES"),
    .trial = AfterExec<Executed::Who::kOtherThread>,
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

const Registered<Scenario> kExecOwnThread{{
    .name = "ready/exec_thread_itself",
    .question =
        "A thread calls execve and takes the process's number: what says a pidfd of its own?",
    .pidfd_needs = {"pidfd_open/thread", "poll"},
    .without_pid_namespace = kPidfdOnly,
    .claims = {{kPidfd, "ended", kMust, "its own number is gone, though the thread runs on",
                "execve(2) NOTES"}},
    .by_pidfd =
        [](Arena& arena) {
          return ThreadAfterExec(arena, [](const Executed& made) { return made.thread; });
        },
    .not_possible_by_pid = kNoThreadEnd,
}};

const Registered<Scenario> kExecFirstThread{{
    .name = "ready/exec_first_thread",
    .question =
        "Another thread calls execve, which ends the first: what says a pidfd of the first?",
    .pidfd_needs = {"pidfd_open/thread", "poll"},
    .without_pid_namespace = kPidfdOnly,
    .claims = {{kPidfd, "not_ended", kMust, "its number names the thread that took its place",
                "Linux 6.15 pidfd_poll"}},
    .by_pidfd =
        [](Arena& arena) {
          return ThreadAfterExec(arena, [](const Executed& made) { return made.child.pid(); });
        },
    .not_possible_by_pid = kNoThreadEnd,
}};

}  // namespace
}  // namespace pidproof
