// Bugs of programs that reap through pidfds: readiness, and statuses taken by other waits.
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

namespace pidproof::scenarios::conformance::regression_reaping {
namespace {

const Registered<Conformance> kReadable{{
    .name = "regression/readable_yet_not_waitable",
    .question = "Can the parent reap a traced child as soon as poll reports its end?",
    .without_pid_namespace = kBothPaths,
    .pidfd = {.needs = {"pidfd_open", "poll", "waitid/p_pidfd"},
              .claims = {Hazard(
                  "readable_not_waitable",
                  "the tracer must reap first: WNOHANG finds nothing (tokio panicked)",
                  "kernel/exit.c wait_consider_task")}},
    .legacy = {.claims = {Must("running", "no call reports the end before the parent can reap",
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
    .question = "Is the end of a child lost if a one-shot registration is armed only afterwards?",
    .without_pid_namespace = kPidfdOnly,
    .pidfd = {.needs = {"pidfd_open", "epoll"},
              .claims = {Must("in", "arming checks the state, so nothing can be missed",
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
    .legacy = NotPossible("a PID cannot be registered"),
}};

const Registered<Conformance> kClosed{{
    .name = "regression/event_of_closed_descriptor",
    .question = "Does epoll still report a closed pidfd while a duplicate of it is open?",
    .without_pid_namespace = kPidfdOnly,
    .pidfd = {.needs = {"pidfd_open", "epoll"},
              .claims = {Hazard(
                  "in", "the file stays registered and cannot be removed by the closed descriptor",
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
    .legacy = NotPossible("a PID cannot be registered"),
}};

const Registered<Conformance> kReused{{
    .name = "regression/reused_descriptor_unwatched",
    .question = "Does epoll watch a new pidfd that reuses the descriptor number of a closed one?",
    .without_pid_namespace = kPidfdOnly,
    .pidfd = {.needs = {"pidfd_open", "epoll"},
              .claims = {Hazard(
                  "none", "the file was registered, not the descriptor number: such a loop hangs",
                  "epoll(7) Questions and answers")},
              .ask = [](Arena& arena) -> Outcome {
                const Child first = arena.Spawn(body::Lingers);
                const Child second = arena.Spawn(body::Lingers);
                Fd pidfd = Require(tested::PidfdOpen(first.pid(), 0));
                const int pid = pidfd.get();
                const Watch watch(pid, EPOLLIN);
                pidfd.reset();
                const Fd reused = Require(tested::PidfdOpen(second.pid(), 0));
                Require(reused.get() == pid);
                second.Kill();
                second.AwaitZombie();
                return watch.Next();
              }},
    .legacy = NotPossible("a PID cannot be registered"),
}};

// The exit status that its pidfd reports to any holder; -1 for none.
int StatusInPidfd(const Fd& pidfd) {
  Require(
      tested::Poll(pidfd.get(), 0, -1));  // ECHILD comes before the status is stored, POLLHUP after
  const PidfdInfoReply reply = tested::GetInfo(pidfd.get(), abi::kInfoExit);
  Require(reply.error == 0);
  return reply.Has(abi::kInfoExit) ? reply.info.exit_code : -1;
}

Outcome Kept(int status) {
  if (status < 0) return "status_lost";
  const bool right = WIFEXITED(status) && WEXITSTATUS(status) == body::kGateStatus;
  return right ? "status_kept" : "another_status";
}

// A child exits and is reaped by reap; then each path asks for its status.
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
Outcome StatusByPid(Arena& arena, Reap reap) {
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
        "Can the exit status still be read after a library's wait for any child has taken it?",
    .without_pid_namespace = kPidfdOnly,
    .pidfd = {.needs = {"pidfd_open", "waitid/p_pidfd", "ioctl/info_exit"},
              .claims = {Must("status_kept",
                              "every holder of a pidfd can read PIDFD_INFO_EXIT at any later time",
                              "Linux 6.15 PIDFD_INFO_EXIT")},
              .ask = [](Arena& arena) { return StatusByPidfd(arena, ReapAnybody); }},
    .legacy = {.claims = {Hazard("status_lost", "the status goes to whichever wait comes first",
                                 "wait(2)")},
               .ask = [](Arena& arena) { return StatusByPid(arena, ReapAnybody); }},
}};

// Returns when the last child is reaped.
void AwaitNoChildren() { Require(waitpid(-1, nullptr, 0) < 0 && errno == ECHILD); }

const Registered<Conformance> kIgnored{{
    .name = "regression/status_ignored",
    .question = "Can the exit status of a child still be read when a library ignores SIGCHLD?",
    .pidfd = {.needs = {"pidfd_open", "waitid/p_pidfd", "ioctl/info_exit"},
              .claims = {Must("status_kept",
                              "every holder of a pidfd can read PIDFD_INFO_EXIT at any later time",
                              "Linux 6.15 PIDFD_INFO_EXIT")},
              .ask = [](Arena& arena) -> Outcome {
                SetSigchld(Sigchld::kIgnore);
                return StatusByPidfd(arena, AwaitNoChildren);
              }},
    .legacy = {.claims = {Hazard("status_lost", "the kernel discards the status", "wait(2) NOTES")},
               .ask = [](Arena& arena) -> Outcome {
                 SetSigchld(Sigchld::kIgnore);
                 return StatusByPid(arena, AwaitNoChildren);
               }},
}};

}  // namespace
}  // namespace pidproof::scenarios::conformance::regression_reaping
