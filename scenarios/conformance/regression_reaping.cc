// What went wrong in programs that reap through pidfds: readiness, and statuses that others took.
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/wait.h>
#include <unistd.h>

#include "probes/system/pidfd_info.h"
#include "probes/system/require.h"
#include "scenarios/fixtures/auto_reaped.h"
#include "scenarios/fixtures/traced.h"
#include "scenarios/fixtures/watch.h"
#include "scenarios/handle.h"
#include "scenarios/scenario.h"
#include "scenarios/tested.h"

namespace pidproof {
namespace {

const Registered<Conformance> kReadable{{
    .name = "regression/readable_yet_not_waitable",
    .question =
        "A debugger or leak checker traces the child as it ends: may one reap it once poll says "
        "that it has ended?",
    .without_pid_namespace = kBothPaths,
    .pidfd = {.needs = {"pidfd_open", "poll", "waitid/p_pidfd"},
              .claims = {Hazard(
                  "readable_not_waitable",
                  "it has ended, but is the tracer's first: WNOHANG finds nothing (tokio panicked)",
                  "kernel/exit.c wait_consider_task")}},
    .legacy = {.claims = {Must("running", "no call says that it has ended before one may reap",
                               "wait(2)")}},
    .ask = [](Arena& arena, Path path) -> Outcome {
      Child tracee = arena.Spawn(body::Lingers);
      const Handle handle = Handle::To(tracee, path);
      const TracedZombie made = TracedZombie::Make(arena, std::move(tracee));
      const bool readable = Require(handle.Ended());
      const Outcome waited = Outcome::Of(handle.Wait(WEXITED | WNOHANG));
      return readable && waited == Outcome("running") ? Outcome("readable_not_waitable") : waited;
    },
}};

const Registered<Conformance> kRearmed{{
    .name = "regression/one_shot_armed_late",
    .question = "A one-shot registration is armed only after the child has ended: is the end lost?",
    .without_pid_namespace = kPidfdOnly,
    .pidfd = {.needs = {"pidfd_open", "epoll"},
              .claims = {Must("in", "arming looks at the state, so nothing can be missed",
                              "epoll_ctl(2)")},
              .ask = [](Arena& arena) -> Outcome {
                const Child child = arena.Spawn(body::Lingers);
                const Fd pidfd = Require(tested::PidfdOpen(child.pid(), 0));
                const Watch watch(pidfd.get(), EPOLLONESHOT);
                child.Kill();
                child.AwaitZombie();
                if (watch.Next() != Outcome("none")) return "too_early";
                watch.Rearm(EPOLLIN | EPOLLONESHOT);
                return watch.Next();
              }},
    .legacy = NotPossible("a number cannot be registered"),
}};

const Registered<Conformance> kClosed{{
    .name = "regression/event_of_closed_descriptor",
    .question =
        "A registered pidfd is closed, while a duplicate of it lives: does the event loop hear "
        "of it still?",
    .without_pid_namespace = kPidfdOnly,
    .pidfd = {.needs = {"pidfd_open", "epoll"},
              .claims = {Hazard(
                  "in",
                  "the file stays registered, and by the closed number it can no longer be removed",
                  "epoll(7) Questions and answers")},
              .ask = [](Arena& arena) -> Outcome {
                const Child child = arena.Spawn(body::Lingers);
                Fd pidfd = Require(tested::PidfdOpen(child.pid(), 0));
                const Fd duplicate(fcntl(pidfd.get(), F_DUPFD_CLOEXEC, 0));
                const Watch watch(pidfd.get(), EPOLLIN);
                pidfd.reset();
                child.Kill();
                child.AwaitZombie();
                return watch.Next();
              }},
    .legacy = NotPossible("a number cannot be registered"),
}};

const Registered<Conformance> kReused{{
    .name = "regression/reused_descriptor_unwatched",
    .question =
        "A registered pidfd is closed and the next one has its number: is that one watched?",
    .without_pid_namespace = kPidfdOnly,
    .pidfd = {.needs = {"pidfd_open", "epoll"},
              .claims = {Hazard(
                  "none",
                  "the file was registered, not the number: a loop that takes it for done hangs",
                  "epoll(7) Questions and answers")},
              .ask = [](Arena& arena) -> Outcome {
                const Child first = arena.Spawn(body::Lingers);
                const Child second = arena.Spawn(body::Lingers);
                Fd pidfd = Require(tested::PidfdOpen(first.pid(), 0));
                const int number = pidfd.get();
                const Watch watch(number, EPOLLIN);
                pidfd.reset();
                const Fd reused = Require(tested::PidfdOpen(second.pid(), 0));
                Require(reused.get() == number);
                second.Kill();
                second.AwaitZombie();
                return watch.Next();
              }},
    .legacy = NotPossible("a number cannot be registered"),
}};

// How the process ended, as its pidfd tells anybody, at any time; -1 for not at all.
int StatusInPidfd(const Fd& pidfd) {
  Require(
      tested::Poll(pidfd.get(), 0, -1));  // ECHILD comes before all is written down, POLLHUP after
  const PidfdInfoReply told = tested::GetInfo(pidfd.get(), abi::kInfoExit);
  Require(told.error == 0);
  return told.Has(abi::kInfoExit) ? told.info.exit_code : -1;
}

Outcome Kept(int status) {
  if (status < 0) return "status_lost";
  const bool right = WIFEXITED(status) && WEXITSTATUS(status) == body::kGateStatus;
  return right ? "status_kept" : "another_status";
}

// A child that ends and is taken care of by reap; then its status is asked for, by each path.
template <typename Reap>
Outcome StatusByPidfd(Arena& arena, Reap reap) {
  Child child = arena.Spawn(body::AtGate);
  const Fd pidfd = Require(tested::PidfdOpen(child.pid(), 0));
  child.Open();
  reap();
  child.Disown();
  const Result<siginfo_t> waited = tested::Waitid(abi::kIdPidfd, pidfd.get(), WEXITED);
  return waited.error() == ECHILD ? Kept(StatusInPidfd(pidfd)) : Outcome::Of(waited);
}

template <typename Reap>
Outcome StatusByNumber(Arena& arena, Reap reap) {
  Child child = arena.Spawn(body::AtGate);
  child.Open();
  reap();
  const Result<siginfo_t> waited = sys::Waitid(P_PID, child.pid(), WEXITED);
  child.Disown();
  if (waited.error() == ECHILD) return "status_lost";
  return waited.ok() ? Outcome("status_kept") : Outcome::Of(waited);
}

void ReapAnybody() { Require(waitpid(-1, nullptr, 0) > 0); }

const Registered<Conformance> kStolen{{
    .name = "regression/status_stolen",
    .question =
        "A library waits for any child and so takes the status of ours: can we have it still?",
    .without_pid_namespace = kPidfdOnly,
    .pidfd = {.needs = {"pidfd_open", "waitid/p_pidfd", "ioctl/info_exit"},
              .claims = {Must("status_kept", "PIDFD_INFO_EXIT tells it to every holder, for good",
                              "Linux 6.15 PIDFD_INFO_EXIT")},
              .ask = [](Arena& arena) { return StatusByPidfd(arena, ReapAnybody); }},
    .legacy = {.claims = {Hazard("status_lost", "a wait hands it out once, to whoever comes first",
                                 "wait(2)")},
               .ask = [](Arena& arena) { return StatusByNumber(arena, ReapAnybody); }},
}};

// Returns when the last child is gone for good.
void AwaitNoChildren() { Require(waitpid(-1, nullptr, 0) < 0 && errno == ECHILD); }

const Registered<Conformance> kIgnored{{
    .name = "regression/status_ignored",
    .question =
        "A library ignores SIGCHLD, so that our children reap themselves: can we have their "
        "status?",
    .pidfd = {.needs = {"pidfd_open", "waitid/p_pidfd", "ioctl/info_exit"},
              .claims = {Must("status_kept", "PIDFD_INFO_EXIT tells it to every holder, for good",
                              "Linux 6.15 PIDFD_INFO_EXIT")},
              .ask = [](Arena& arena) -> Outcome {
                SetSigchld(Sigchld::kIgnore);
                return StatusByPidfd(arena, AwaitNoChildren);
              }},
    .legacy = {.claims = {Hazard("status_lost", "the kernel throws it away", "wait(2) NOTES")},
               .ask = [](Arena& arena) -> Outcome {
                 SetSigchld(Sigchld::kIgnore);
                 return StatusByNumber(arena, AwaitNoChildren);
               }},
}};

}  // namespace
}  // namespace pidproof
