// PIDFD_NONBLOCK: what a wait that may not sleep answers.
#include "scenarios/handle.h"
#include "scenarios/scenario.h"

namespace pidproof {
namespace {

const Registered<Scenario> kAlive{{
    .name = "nonblock/wait_alive",
    .question = "How does a wait that may not sleep say that the child still runs?",
    .pidfd_needs = {"pidfd_open/nonblock", "waitid/nonblock"},
    .without_pid_namespace = kBothPaths,
    .claims = {{kPidfd, "eagain", kMust, "PIDFD_NONBLOCK makes waitid refuse to sleep",
                "pidfd_open(2)"},
               {kLegacyPid, "running", kMust, "WNOHANG succeeds and names no child", "wait(2)"}},
    .trial = [](Arena& arena, Path path) -> Outcome {
      const Child child = arena.Spawn(body::Lingers);
      return Outcome::Of(Handle::To(child, path, Handle::kNonblocking).Wait());
    },
}};

const Registered<Scenario> kAliveNohang{{
    .name = "nonblock/wait_alive_wnohang",
    .question = "Which wins while the child runs, PIDFD_NONBLOCK or WNOHANG?",
    .pidfd_needs = {"pidfd_open/nonblock", "waitid/nonblock"},
    .without_pid_namespace = kBothPaths,
    .claims = {{kPidfd, "running", kMust, "WNOHANG: waitid succeeds with 0, not EAGAIN",
                "wait(2), kernel/exit.c"},
               {kLegacyPid, "running", kMust, "WNOHANG succeeds and names no child", "wait(2)"}},
    .trial = [](Arena& arena, Path path) -> Outcome {
      const Child child = arena.Spawn(body::Lingers);
      return Outcome::Of(Handle::To(child, path, Handle::kNonblocking).Wait(WEXITED | WNOHANG));
    },
}};

const Registered<Scenario> kZombie{{
    .name = "nonblock/wait_zombie",
    .question = "Does a wait that may not sleep hand out the status of a zombie?",
    .pidfd_needs = {"pidfd_open/nonblock", "waitid/nonblock"},
    .without_pid_namespace = kBothPaths,
    .claims = {{kPidfd, "exited", kMust, "there is nothing to sleep for", "pidfd_open(2)"},
               {kLegacyPid, "exited", kMust, "there is nothing to sleep for", "wait(2)"}},
    .trial = [](Arena& arena, Path path) -> Outcome {
      Child child = arena.Spawn(body::AtGate);
      const Handle handle = Handle::To(child, path, Handle::kNonblocking);
      child.Open();
      child.AwaitZombie();
      return Outcome::Of(handle.Wait());
    },
}};

const Registered<Scenario> kDead{{
    .name = "nonblock/wait_dead",
    .question = "Does a wait that may not sleep tell a reaped child from a running one?",
    .pidfd_needs = {"pidfd_open/nonblock", "waitid/nonblock"},
    .without_pid_namespace = kPidfdOnly,
    .claims = {{kPidfd, "echild", kMust, "EAGAIN is for children that can still end",
                "kernel/exit.c do_wait"},
               {kLegacyPid, "echild", kMust, "no such child, as long as no other takes the number",
                "wait(2)"}},
    .trial = [](Arena& arena, Path path) -> Outcome {
      Child child = arena.Spawn(body::Exits);
      const Handle handle = Handle::To(child, path, Handle::kNonblocking);
      child.Reap();
      return Outcome::Of(handle.Wait());
    },
}};

}  // namespace
}  // namespace pidproof
