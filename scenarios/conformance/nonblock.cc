// PIDFD_NONBLOCK: what a wait that must not block returns.
#include "scenarios/handle.h"
#include "scenarios/scenario.h"

namespace pidproof::scenarios::conformance::nonblock {
namespace {

const Registered<Conformance> kAlive{{
    .name = "nonblock/wait_alive",
    .question = "What does waitid return for a PIDFD_NONBLOCK pidfd while the child runs?",
    .without_pid_namespace = kBothPaths,
    .pidfd = {.needs = {"pidfd_open/nonblock", "waitid/nonblock"},
              .claims = {Must("eagain",
                              "PIDFD_NONBLOCK makes waitid fail with EAGAIN instead of blocking",
                              "pidfd_open(2)")}},
    .legacy = {.claims = {Must("running", "WNOHANG succeeds without naming a child", "wait(2)")}},
    .ask = [](Arena& arena, Path path) -> Outcome {
      const Child child = arena.Spawn(body::Lingers);
      return Outcome::Of(Handle::To(child, path, Handle::kNonblocking).Wait());
    },
}};

const Registered<Conformance> kAliveNohang{{
    .name = "nonblock/wait_alive_wnohang",
    .question = "Which one counts while the child runs, PIDFD_NONBLOCK or WNOHANG?",
    .without_pid_namespace = kBothPaths,
    .pidfd = {.needs = {"pidfd_open/nonblock", "waitid/nonblock"},
              .claims = {Must("running", "WNOHANG: waitid returns 0, not EAGAIN",
                              "wait(2), kernel/exit.c")}},
    .legacy = {.claims = {Must("running", "WNOHANG succeeds without naming a child", "wait(2)")}},
    .ask = [](Arena& arena, Path path) -> Outcome {
      const Child child = arena.Spawn(body::Lingers);
      return Outcome::Of(Handle::To(child, path, Handle::kNonblocking).Wait(WEXITED | WNOHANG));
    },
}};

const Registered<Conformance> kZombie{{
    .name = "nonblock/wait_zombie",
    .question = "Does a nonblocking waitid return the exit status of a zombie?",
    .without_pid_namespace = kBothPaths,
    .pidfd = {.needs = {"pidfd_open/nonblock", "waitid/nonblock"},
              .claims = {Must("exited", "there is no need to block", "pidfd_open(2)")}},
    .legacy = {.claims = {Must("exited", "there is no need to block", "wait(2)")}},
    .ask = [](Arena& arena, Path path) -> Outcome {
      Child child = arena.Spawn(body::AtGate);
      const Handle handle = Handle::To(child, path, Handle::kNonblocking);
      child.Open();
      child.AwaitZombie();
      return Outcome::Of(handle.Wait());
    },
}};

const Registered<Conformance> kDead{{
    .name = "nonblock/wait_dead",
    .question = "Does a nonblocking waitid distinguish a reaped child from a running one?",
    .without_pid_namespace = kPidfdOnly,
    .pidfd = {.needs = {"pidfd_open/nonblock", "waitid/nonblock"},
              .claims = {Must("echild", "EAGAIN is for children that can still end",
                              "kernel/exit.c do_wait")}},
    .legacy = {.claims = {Must("echild", "no child has this PID until it is reused", "wait(2)")}},
    .ask = [](Arena& arena, Path path) -> Outcome {
      Child child = arena.Spawn(body::Exits);
      const Handle handle = Handle::To(child, path, Handle::kNonblocking);
      child.Reap();
      return Outcome::Of(handle.Wait());
    },
}};

}  // namespace
}  // namespace pidproof::scenarios::conformance::nonblock
