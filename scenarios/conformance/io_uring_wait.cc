// IORING_OP_WAITID: waiting for a child through io_uring, by pidfd or by PID.
#include <sys/wait.h>
#include <unistd.h>

#include "probes/system/require.h"
#include "scenarios/fixtures/uring_wait.h"
#include "scenarios/handle.h"
#include "scenarios/scenario.h"

namespace pidproof::scenarios::conformance::io_uring_wait {
namespace {

Result<siginfo_t> WaitFor(WaitId child, int options) {
  UringWait ring;
  ring.Submit(child, options);
  return ring.Await();
}

Outcome Wait(WaitId child, int options = WEXITED) { return Outcome::Of(WaitFor(child, options)); }

// A living child has nothing to report: what is reported is left from another wait.
Outcome OfLiving(const Result<siginfo_t>& waited) {
  if (waited.ok() && waited->si_pid != 0) return "stale_answer";
  return Outcome::Of(waited);
}

// Observed on 6.12.43 now and then.
Claim Stale() {
  return Hazard("stale_answer", "the result was not cleared: another wait's result is returned",
                "io_uring/waitid.c io_waitid_copy_si")
      .Until(eras::kUringAnswerCleared)
      .Bug("io-uring-waitid-stale-answer");
}

Outcome ForZombie(Arena& arena, Path path) {
  const Child child = arena.Spawn(body::Exits);
  const Handle handle = Handle::To(child, path);
  child.AwaitZombie();
  return Wait(handle.wait_id(), WEXITED | WNOWAIT);
}

const Registered<Conformance> kZombie{{
    .name = "io_uring_wait/zombie",
    .question = "Does IORING_OP_WAITID return the exit status of a zombie?",
    .without_pid_namespace = kBothPaths,
    .pidfd = {.needs = {"pidfd_open", "io_uring/waitid"},
              .claims = {Must("exited", "the request works like waitid(2), including P_PIDFD",
                              "Linux 6.7 io_uring/waitid.c")}},
    .legacy = {.needs = {"io_uring/waitid"},
               .claims = {Must("exited", "the request works like waitid(2)",
                               "Linux 6.7 io_uring/waitid.c")}},
    .ask = ForZombie,
}};

Outcome ForEnd(Arena& arena, Path path) {
  Child child = arena.Spawn(body::AtGate);
  const Handle handle = Handle::To(child, path);
  UringWait ring;
  ring.Submit(handle.wait_id(), WEXITED);
  child.Open();  // it was alive when the request was made
  const Result<siginfo_t> waited = ring.Await();
  if (waited.ok() && waited->si_pid == child.pid()) child.Disown();
  return Outcome::Of(waited);
}

const Registered<Conformance> kEnd{{
    .name = "io_uring_wait/ends_later",
    .question = "Does a pending IORING_OP_WAITID complete when the child ends?",
    .without_pid_namespace = kBothPaths,
    .claims = {Must("exited", "the end of the child completes the wait and reaps the child",
                    "Linux 6.7 io_uring/waitid.c")},
    .pidfd = {.needs = {"pidfd_open", "io_uring/waitid"}},
    .legacy = {.needs = {"io_uring/waitid"}},
    .ask = ForEnd,
}};

Outcome ForAlive(Arena& arena, Path path) {
  const Child child = arena.Spawn(body::Lingers);
  const Handle handle = Handle::To(child, path);
  return OfLiving(WaitFor(handle.wait_id(), WEXITED | WNOHANG));
}

const Registered<Conformance> kAlive{{
    .name = "io_uring_wait/alive_wnohang",
    .question = "Does IORING_OP_WAITID respect WNOHANG?",
    .without_pid_namespace = kBothPaths,
    .claims = {Must("running", "it succeeds without naming a child", "wait(2)"), Stale()},
    .pidfd = {.needs = {"pidfd_open", "io_uring/waitid"}},
    .legacy = {.needs = {"io_uring/waitid"}},
    .ask = ForAlive,
}};

Outcome ForSelf(Arena&, Path path) {
  return Wait(Require(Handle::ToPid(getpid(), path)).wait_id());
}

const Registered<Conformance> kNoChild{{
    .name = "io_uring_wait/no_child",
    .question = "Does IORING_OP_WAITID report that the process is not a child?",
    .without_pid_namespace = kBothPaths,
    .claims = {Must("echild", "no process is its own child", "wait(2)")},
    .pidfd = {.needs = {"pidfd_open", "io_uring/waitid"}},
    .legacy = {.needs = {"io_uring/waitid"}},
    .ask = ForSelf,
}};

const Registered<Conformance> kNoPidfd{{
    .name = "io_uring_wait/no_process",
    .question = "Does IORING_OP_WAITID refuse an id that names no process?",
    .without_pid_namespace = kBothPaths,
    .pidfd = {.needs = {"pidfd_open", "io_uring/waitid"},
              .claims = {Must("ebadf", "the descriptor is not a pidfd",
                              "kernel/pid.c pidfd_get_pid")},
              .ask =
                  [](Arena& arena) {
                    const Child child = arena.Spawn(body::Lingers);
                    return Wait({abi::kIdPidfd, child.gate()});
                  }},
    .legacy = {.needs = {"io_uring/waitid"},
               .claims = {Must("einval", "the PID is not positive",
                               "kernel/exit.c kernel_waitid_prepare")},
               .ask =
                   [](Arena&) {
                     return Wait({P_PID, 0});
                   }},
}};

const Registered<Conformance> kNonblock{{
    .name = "io_uring_wait/alive_nonblock",
    .question =
        "What does IORING_OP_WAITID return for a PIDFD_NONBLOCK pidfd while the child runs?",
    .without_pid_namespace = kBothPaths,
    .pidfd = {.needs = {"pidfd_open/nonblock", "io_uring/waitid"},
              .claims = {Hazard("running",
                                "it succeeds without naming a child, unlike waitid(2) with EAGAIN",
                                "io_uring/waitid.c, kernel/exit.c kernel_waitid_prepare")
                             .Bug("io-uring-waitid-nonblock-success"),
                         May("eagain", "there is nothing to report yet, as of waitid(2)",
                             "pidfd_open(2) PIDFD_NONBLOCK"),
                         Stale()},
              .ask =
                  [](Arena& arena) {
                    const Child child = arena.Spawn(body::Lingers);
                    const Handle handle = Handle::To(child, kPidfd, Handle::kNonblocking);
                    return OfLiving(WaitFor(handle.wait_id(), WEXITED));
                  }},
    .legacy = {.needs = {"io_uring/waitid"},
               .claims = {Must("running", "WNOHANG succeeds without naming a child", "wait(2)"),
                          Stale()},
               .ask = [](Arena& arena) { return ForAlive(arena, kLegacyPid); }},
}};

}  // namespace
}  // namespace pidproof::scenarios::conformance::io_uring_wait
