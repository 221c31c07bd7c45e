// pidfd_open and the numbers of threads: with PIDFD_THREAD, and without.
#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <unistd.h>

#include "probes/system/require.h"
#include "probes/system/sys.h"
#include "scenarios/fixtures/thread.h"
#include "scenarios/fixtures/threaded.h"
#include "scenarios/scenario.h"
#include "scenarios/tested.h"

namespace pidproof {
namespace {

const Registered<Scenario> kAsProcess{{
    .name = "open/thread_as_process",
    .question = "A thread's number is taken for a process's: is the mistake told?",
    .pidfd_needs = {"pidfd_open"},
    .without_pid_namespace = kBothPaths,
    .claims = {{kPidfd, "enoent", kMust, "the number is in use, but by no process",
                "Linux 6.16 kernel/fork.c pidfd_prepare", &eras::kNoProcessOfNumber},
               {kPidfd,
                "einval",
                kMay,
                "a thread's number was a bad argument",
                "pidfd_open(2)",
                {},
                &eras::kNoProcessOfNumber},
               {kLegacyPid, "hits_process", kHazard,
                "kill(2) takes any thread's number for its whole process", "kill(2)"}},
    .by_pidfd =
        [](Arena&) {
          const SecondThread thread;
          return Outcome::Of(tested::PidfdOpen(thread.number(), 0).error());
        },
    .by_number = [](Arena&) -> Outcome {
      const SecondThread thread;
      const sys::Status sent = sys::Kill(thread.number(), SIGUSR1);
      if (!sent.ok()) return Outcome::Of(sent);
      // Were the signal that thread's alone, this one would not see it.
      sigset_t pending;
      Require(sigpending(&pending) == 0);
      return sigismember(&pending, SIGUSR1) == 1 ? "hits_process" : "hits_thread";
    },
}};

// Whether the scheduler knows the thread: the question that takes its number, and no permission.
Outcome AskScheduler(pid_t number) {
  return Outcome::Of(sched_getscheduler(number) < 0 ? errno : 0);
}

Outcome OpenThread(pid_t number) {
  return Outcome::Of(tested::PidfdOpen(number, abi::kPidfdThread).error());
}

const Registered<Scenario> kThread{{
    .name = "open/thread",
    .question = "Can a single thread be named?",
    .pidfd_needs = {"pidfd_open/thread"},
    .without_pid_namespace = kBothPaths,
    .claims = {{kPidfd, "ok", kMust, "PIDFD_THREAD takes the number of any thread",
                "pidfd_open(2)"},
               {kLegacyPid, "ok", kMust, "calls such as sched_getscheduler take a thread's number",
                "sched_setscheduler(2)"}},
    .by_pidfd =
        [](Arena&) {
          const SecondThread thread;
          return OpenThread(thread.number());
        },
    .by_number =
        [](Arena&) {
          const SecondThread thread;
          return AskScheduler(thread.number());
        },
}};

const Registered<Scenario> kLeader{{
    .name = "open/thread_leader",
    .question = "Does a process's number name its first thread where a thread is asked for?",
    .pidfd_needs = {"pidfd_open/thread"},
    .without_pid_namespace = kBothPaths,
    .claims = {{kPidfd, "ok", kMust, "the leader is a thread as any other", "pidfd_open(2)"},
               {kLegacyPid, "ok", kMust, "the leader is a thread as any other", "gettid(2)"}},
    .by_pidfd =
        [](Arena& arena) {
          const Child child = arena.Spawn(body::Lingers);
          return OpenThread(child.pid());
        },
    .by_number =
        [](Arena& arena) {
          const Child child = arena.Spawn(body::Lingers);
          return AskScheduler(child.pid());
        },
}};

// A thread that is gone although its process is not reaped: a leader becomes a zombie that can be
// waited for only when all others of its process have been released.
Outcome OfDeadThread(Arena& arena, Outcome (*ask)(pid_t number)) {
  const Threaded threaded = Threaded::Make(arena);
  threaded.child.Kill();
  threaded.child.AwaitZombie();
  return ask(threaded.other);
}

const Registered<Scenario> kDeadThread{{
    .name = "open/dead_thread",
    .question = "Can a thread be named once it has ended, and its process not yet been reaped?",
    .pidfd_needs = {"pidfd_open/thread"},
    .claims = {{kPidfd, "esrch", kMust, "nobody waits for a thread: its number is free at once",
                "pidfd_open(2)"},
               {kLegacyPid, "esrch", kMust,
                "its number is free at once, as long as nobody takes it", "sched_setscheduler(2)"}},
    .by_pidfd = [](Arena& arena) { return OfDeadThread(arena, OpenThread); },
    .by_number = [](Arena& arena) { return OfDeadThread(arena, AskScheduler); },
}};

const Registered<Scenario> kZombieLeader{{
    .name = "open/thread_zombie_leader",
    .question = "Can the first thread of a zombie be named?",
    .pidfd_needs = {"pidfd_open/thread"},
    .without_pid_namespace = kBothPaths,
    .claims = {{kPidfd, "ok", kMust, "the leader keeps its number until the process is reaped",
                "pidfd_open(2)"},
               {kLegacyPid, "ok", kMust, "the leader keeps its number until the process is reaped",
                "wait(2) NOTES"}},
    .by_pidfd =
        [](Arena& arena) {
          const Child child = arena.Spawn(body::Exits);
          child.AwaitZombie();
          return OpenThread(child.pid());
        },
    .by_number =
        [](Arena& arena) {
          const Child child = arena.Spawn(body::Exits);
          child.AwaitZombie();
          return AskScheduler(child.pid());
        },
}};

}  // namespace
}  // namespace pidproof
