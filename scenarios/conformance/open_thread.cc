// pidfd_open and thread IDs: with PIDFD_THREAD, and without.
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

namespace pidproof::scenarios::conformance::open_thread {
namespace {

const Registered<Conformance> kAsProcess{{
    .name = "open/thread_as_process",
    .question = "What is the error when a thread's TID is used as a process's PID?",
    .without_pid_namespace = kBothPaths,
    .pidfd = {.needs = {"pidfd_open"},
              .claims = {Must("enoent", "the PID is in use, but not by a process",
                              "Linux 6.16 kernel/fork.c pidfd_prepare")
                             .Since(eras::kPidOfNoProcess),
                         May("einval", "a thread's TID was an invalid argument", "pidfd_open(2)")
                             .Until(eras::kPidOfNoProcess)},
              .ask =
                  [](Arena&) {
                    const SecondThread thread;
                    return Outcome::Of(tested::PidfdOpen(thread.tid(), 0).error());
                  }},
    .legacy = {.claims = {Hazard("hits_process",
                                 "kill(2) takes any thread's TID for its whole process",
                                 "kill(2)")},
               .ask = [](Arena&) -> Outcome {
                 const SecondThread thread;
                 const sys::Status sent = sys::Kill(thread.tid(), SIGUSR1);
                 if (!sent.ok()) return Outcome::Of(sent);
                 // A signal to that thread alone would not be pending for this one.
                 sigset_t pending;
                 Require(sigpending(&pending) == 0);
                 return sigismember(&pending, SIGUSR1) == 1 ? "hits_process" : "hits_thread";
               }},
}};

// Whether the scheduler knows the thread: a question that takes a thread ID, and no permission.
Outcome AskScheduler(pid_t tid) { return Outcome::Of(sched_getscheduler(tid) < 0 ? errno : 0); }

Outcome OpenThread(pid_t tid) {
  return Outcome::Of(tested::PidfdOpen(tid, abi::kPidfdThread).error());
}

const Registered<Conformance> kThread{{
    .name = "open/thread",
    .question = "Can a single thread be named?",
    .without_pid_namespace = kBothPaths,
    .pidfd = {.needs = {"pidfd_open/thread"},
              .claims = {Must("ok", "PIDFD_THREAD accepts the TID of any thread", "pidfd_open(2)")},
              .ask =
                  [](Arena&) {
                    const SecondThread thread;
                    return OpenThread(thread.tid());
                  }},
    .legacy = {.claims = {Must("ok", "calls such as sched_getscheduler take a TID",
                               "sched_setscheduler(2)")},
               .ask =
                   [](Arena&) {
                     const SecondThread thread;
                     return AskScheduler(thread.tid());
                   }},
}};

const Registered<Conformance> kLeader{{
    .name = "open/thread_leader",
    .question = "Does a process's PID name its first thread where a TID is expected?",
    .without_pid_namespace = kBothPaths,
    .pidfd = {.needs = {"pidfd_open/thread"},
              .claims = {Must("ok", "the thread-group leader is a thread like any other",
                              "pidfd_open(2)")},
              .ask =
                  [](Arena& arena) {
                    const Child child = arena.Spawn(body::Lingers);
                    return OpenThread(child.pid());
                  }},
    .legacy = {.claims = {Must("ok", "the thread-group leader is a thread like any other",
                               "gettid(2)")},
               .ask =
                   [](Arena& arena) {
                     const Child child = arena.Spawn(body::Lingers);
                     return AskScheduler(child.pid());
                   }},
}};

// A thread that is gone although its process is not reaped: a leader becomes a zombie that can be
// waited for only once all other threads are released.
Outcome OfDeadThread(Arena& arena, Outcome (*ask)(pid_t tid)) {
  const Threaded threaded = Threaded::Make(arena);
  threaded.child.Kill();
  threaded.child.AwaitZombie();
  return ask(threaded.other);
}

const Registered<Conformance> kDeadThread{{
    .name = "open/dead_thread",
    .question = "Can a thread be named after it has exited, before its process is reaped?",
    .pidfd = {.needs = {"pidfd_open/thread"},
              .claims = {Must("esrch", "threads are not waited for: the TID is freed at once",
                              "pidfd_open(2)")},
              .ask = [](Arena& arena) { return OfDeadThread(arena, OpenThread); }},
    .legacy = {.claims = {Must("esrch", "the TID is freed at once, until it is reused",
                               "sched_setscheduler(2)")},
               .ask = [](Arena& arena) { return OfDeadThread(arena, AskScheduler); }},
}};

const Registered<Conformance> kZombieLeader{{
    .name = "open/thread_zombie_leader",
    .question = "Can the first thread of a zombie be named?",
    .without_pid_namespace = kBothPaths,
    .pidfd = {.needs = {"pidfd_open/thread"},
              .claims = {Must("ok",
                              "the thread-group leader keeps its TID until the process is reaped",
                              "pidfd_open(2)")},
              .ask =
                  [](Arena& arena) {
                    const Child child = arena.Spawn(body::Exits);
                    child.AwaitZombie();
                    return OpenThread(child.pid());
                  }},
    .legacy = {.claims = {Must("ok",
                               "the thread-group leader keeps its TID until the process is reaped",
                               "wait(2) NOTES")},
               .ask =
                   [](Arena& arena) {
                     const Child child = arena.Spawn(body::Exits);
                     child.AwaitZombie();
                     return AskScheduler(child.pid());
                   }},
}};

}  // namespace
}  // namespace pidproof::scenarios::conformance::open_thread
