// waitid(2): stops, continuations, interruptions, and processes whose first thread has exited.
#include <sys/time.h>
#include <unistd.h>

#include "probes/system/require.h"
#include "scenarios/fixtures/threaded.h"
#include "scenarios/handle.h"
#include "scenarios/scenario.h"

namespace pidproof::scenarios::conformance::wait_stops {
namespace {

// Stops or continues the child, and returns once that can be waited for.
void Stop(const Child& child) {
  Require(sys::Kill(child.pid(), SIGSTOP));
  Require(sys::Waitid(P_PID, child.pid(), WSTOPPED | WNOWAIT));
}

void Continue(const Child& child) {
  Require(sys::Kill(child.pid(), SIGCONT));
  Require(sys::Waitid(P_PID, child.pid(), WCONTINUED | WNOWAIT));
}

// The outcome of what was reported, if it was caused by that signal.
Outcome Reported(const Result<siginfo_t>& waited, int signal) {
  const bool reported = waited.ok() && waited->si_pid != 0;
  return reported && waited->si_status != signal ? Outcome("another_signal") : Outcome::Of(waited);
}

const Registered<Conformance> kStopped{{
    .name = "wait/stopped",
    .question = "Can a wait report that a child has stopped, and by which signal?",
    .without_pid_namespace = kBothPaths,
    .claims = {Must("stopped", "CLD_STOPPED with the signal as the status", "wait(2)")},
    .pidfd = {.needs = {"pidfd_open", "waitid/p_pidfd"}},
    .ask = [](Arena& arena, Path path) -> Outcome {
      const Child child = arena.Spawn(body::Lingers);
      const Handle handle = Handle::To(child, path);
      Require(sys::Kill(child.pid(), SIGSTOP));
      return Reported(handle.Wait(WSTOPPED), SIGSTOP);
    },
}};

const Registered<Conformance> kStoppedOnce{{
    .name = "wait/stopped_once",
    .question = "Does waitid report a stop only once, not counting WNOWAIT?",
    .without_pid_namespace = kBothPaths,
    .claims = {Must("once", "a wait consumes the report of the stop unless WNOWAIT is set",
                    "wait(2)")},
    .pidfd = {.needs = {"pidfd_open", "waitid/p_pidfd"}},
    .ask = [](Arena& arena, Path path) -> Outcome {
      const Child child = arena.Spawn(body::Lingers);
      const Handle handle = Handle::To(child, path);
      Stop(child);
      for (const int options : {WNOWAIT, 0}) {
        const Outcome found = Reported(handle.Wait(WSTOPPED | WNOHANG | options), SIGSTOP);
        if (found != Outcome("stopped")) return found;
      }
      const Outcome again = Outcome::Of(handle.Wait(WSTOPPED | WNOHANG));
      return again == Outcome("running") ? Outcome("once") : again;
    },
}};

const Registered<Conformance> kStoppedIsNoEnd{{
    .name = "wait/stopped_is_not_end",
    .question = "Does waitid for WEXITED take a stop for the end?",
    .without_pid_namespace = kBothPaths,
    .claims = {Must("running", "without WSTOPPED a stop is not reported", "wait(2)")},
    .pidfd = {.needs = {"pidfd_open", "waitid/p_pidfd"}},
    .ask = [](Arena& arena, Path path) -> Outcome {
      const Child child = arena.Spawn(body::Lingers);
      const Handle handle = Handle::To(child, path);
      Stop(child);
      return Outcome::Of(handle.Wait(WEXITED | WNOHANG));
    },
}};

const Registered<Conformance> kContinued{{
    .name = "wait/continued",
    .question = "Does waitid report the continuation of a stopped child, and only once?",
    .without_pid_namespace = kBothPaths,
    .claims = {Must("once", "CLD_CONTINUED with SIGCONT, consumed by the wait", "wait(2)")},
    .pidfd = {.needs = {"pidfd_open", "waitid/p_pidfd"}},
    .ask = [](Arena& arena, Path path) -> Outcome {
      const Child child = arena.Spawn(body::Lingers);
      const Handle handle = Handle::To(child, path);
      Stop(child);
      Continue(child);
      const Outcome found = Reported(handle.Wait(WCONTINUED | WNOHANG), SIGCONT);
      if (found != Outcome("continued")) return found;
      const Outcome again = Outcome::Of(handle.Wait(WCONTINUED | WNOHANG));
      return again == Outcome("running") ? Outcome("once") : again;
    },
}};

const Registered<Conformance> kZombieStopped{{
    .name = "wait/zombie_wstopped",
    .question = "Does a blocking waitid for WSTOPPED alone return once the child has ended?",
    .without_pid_namespace = kBothPaths,
    .claims = {Must("echild", "a zombie cannot stop any more, and WEXITED was not requested",
                    "kernel/exit.c wait_consider_task")},
    .pidfd = {.needs = {"pidfd_open", "waitid/p_pidfd"}},
    .ask = [](Arena& arena, Path path) -> Outcome {
      const Child child = arena.Spawn(body::Exits);
      const Handle handle = Handle::To(child, path);
      child.AwaitZombie();
      return Outcome::Of(handle.Wait(WSTOPPED | WCONTINUED));
    },
}};

const Registered<Conformance> kLeaderGone{{
    .name = "wait/leader_gone",
    .question =
        "Has a process ended for waitid when the thread-group leader has exited and others run?",
    .without_pid_namespace = kBothPaths,
    .claims = {Must("running", "a process ends with its last thread",
                    "kernel/exit.c wait_consider_task")},
    .pidfd = {.needs = {"pidfd_open", "waitid/p_pidfd"}},
    .ask = [](Arena& arena, Path path) -> Outcome {
      const Leaderless made = Leaderless::Make(arena);
      return Outcome::Of(Handle::To(made.child, path).Wait(WEXITED | WNOHANG));
    },
}};

const Registered<Conformance> kLeaderGoneStopped{{
    .name = "wait/leader_gone_stopped",
    .question = "Does waitid report a stop when the thread-group leader has exited?",
    .without_pid_namespace = kBothPaths,
    .claims = {Must("stopped", "a stop applies to the process, which still has its PID",
                    "kernel/exit.c wait_consider_task")},
    .pidfd = {.needs = {"pidfd_open", "waitid/p_pidfd"}},
    .ask = [](Arena& arena, Path path) -> Outcome {
      const Leaderless made = Leaderless::Make(arena);
      const Handle handle = Handle::To(made.child, path);
      Require(sys::Kill(made.child.pid(), SIGSTOP));
      return Reported(handle.Wait(WSTOPPED), SIGSTOP);
    },
}};

Outcome WhoseStatus(const Result<siginfo_t>& waited) {
  if (!waited.ok()) return Outcome::Of(waited);
  if (waited->si_status == Leaderless::kLeaderStatus) return "of_first_thread";
  return waited->si_status == Leaderless::kLastStatus ? "of_last_thread" : "another_status";
}

const Registered<Conformance> kLastStatus{{
    .name = "wait/status_of_threads",
    .question = "Is the exit status that of the first thread or of the last one to exit?",
    .without_pid_namespace = kBothPaths,
    .claims = {May("of_first_thread", "the thread-group leader's own code was reported",
                   "kernel/exit.c do_exit")
                   .Until(eras::kLastThreadsStatus),
               Must("of_last_thread", "the last thread's code is the process's",
                    "Linux 6.0 kernel/exit.c synchronize_group_exit")
                   .Since(eras::kLastThreadsStatus)},
    .pidfd = {.needs = {"pidfd_open", "waitid/p_pidfd"}},
    .ask = [](Arena& arena, Path path) -> Outcome {
      const Leaderless made = Leaderless::Make(arena);
      const Handle handle = Handle::To(made.child, path);
      made.child.Open();
      return WhoseStatus(handle.Wait(WEXITED | WNOWAIT));
    },
}};

const Registered<Conformance> kNowaitGroup{{
    .name = "wait/nowait_group_exit",
    .question =
        "Does WNOWAIT report the final status when exit_group follows the first thread's exit?",
    .without_pid_namespace = kBothPaths,
    .claims = {Hazard("of_first_thread",
                      "WNOWAIT reported the first thread's code, not the process's",
                      "kernel/exit.c wait_task_zombie")
                   .Until(eras::kPeekReportsProcess)
                   .Bug("wnowait-first-thread-status"),
               Must("of_last_thread", "both report the code of exit_group",
                    "Linux 5.17 kernel/exit.c wait_task_zombie")
                   .Since(eras::kPeekReportsProcess)},
    .pidfd = {.needs = {"pidfd_open", "waitid/p_pidfd"}},
    .ask = [](Arena& arena, Path path) -> Outcome {
      Leaderless made = Leaderless::Make(arena, Leaderless::Last::kGroupExits);
      const Handle handle = Handle::To(made.child, path);
      made.child.Open();
      const Outcome peeked = WhoseStatus(handle.Wait(WEXITED | WNOWAIT));
      const siginfo_t reaped = made.child.Reap();
      return reaped.si_status == Leaderless::kLastStatus ? peeked : Outcome("reaped_another");
    },
}};

// For the alarm handler; a trial has a process of its own.
int gate_to_open = -1;
volatile sig_atomic_t alarms_left = 0;

void OnAlarm(int) {
  const std::uint64_t one = 1;
  alarms_left = alarms_left - 1;
  if (alarms_left == 0) [[maybe_unused]]
    const ssize_t written = write(gate_to_open, &one, sizeof one);
}

// A wait that is interrupted repeatedly, since a single alarm could be missed; the last of kAlarms
// lets the child exit.
template <int kFlags, int kAlarms>
Outcome Interrupted(Arena& arena, Path path) {
  const Child child = arena.Spawn(body::AtGate);
  const Handle handle = Handle::To(child, path);
  gate_to_open = child.gate();
  alarms_left = kAlarms;
  struct sigaction action {};
  action.sa_handler = OnAlarm;
  action.sa_flags = kFlags;
  Require(sigaction(SIGALRM, &action, nullptr) == 0);
  const itimerval every{{0, 1000}, {0, 1000}};
  Require(setitimer(ITIMER_REAL, &every, nullptr) == 0);
  const Outcome answer = Outcome::Of(handle.Wait(WEXITED | WNOWAIT));
  const itimerval never{};
  Require(setitimer(ITIMER_REAL, &never, nullptr) == 0);
  return answer;
}

constexpr int kForEver = -1;

const Registered<Conformance> kInterrupted{{
    .name = "wait/interrupted",
    .question = "Does a signal handler without SA_RESTART interrupt waitid?",
    .without_pid_namespace = kBothPaths,
    .claims = {Must("eintr", "a caught signal interrupts the wait", "wait(2)")},
    .pidfd = {.needs = {"pidfd_open", "waitid/p_pidfd"}},
    .ask = Interrupted<0, kForEver>,
}};

const Registered<Conformance> kRestarted{{
    .name = "wait/interrupted_restart",
    .question = "Is waitid restarted after signals whose handler has SA_RESTART?",
    .without_pid_namespace = kBothPaths,
    .claims = {Must("exited", "waits are restarted after the handler", "signal(7)")},
    .pidfd = {.needs = {"pidfd_open", "waitid/p_pidfd"}},
    .ask = Interrupted<SA_RESTART, 3>,
}};

}  // namespace
}  // namespace pidproof::scenarios::conformance::wait_stops
