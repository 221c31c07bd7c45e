// Bugs of programs that own pidfds: descriptor numbers are reused too.
#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include <vector>

#include "probes/system/require.h"
#include "scenarios/fixtures/fd_table.h"
#include "scenarios/handle.h"
#include "scenarios/scenario.h"
#include "scenarios/tested.h"

namespace pidproof::scenarios::conformance::regression_owning {
namespace {

const Registered<Conformance> kUnreleased{{
    .name = "regression/handles_never_released",
    .question = "Does naming a process repeatedly without releasing anything fail in the end?",
    .without_pid_namespace = kBothPaths,
    .pidfd = {.needs = {"pidfd_open"},
              .claims = {Hazard("emfile",
                                "descriptors run out and nothing can be opened (nomad: 100,000)",
                                "pidfd_open(2)")}},
    .legacy = {.claims = {Must("ok", "a PID needs no descriptor", "kill(2)")}},
    .ask = [](Arena&, Path path) -> Outcome {
      constexpr int kRoom = 4;
      const FullFdTable nearly_full(kRoom);
      std::vector<Handle> handles;
      for (int look = 0; look <= kRoom; ++look) {
        Result<Handle> handle = Handle::ToPid(getpid(), path);
        if (!handle.ok()) return Outcome::Of(handle.error());
        handles.push_back(std::move(*handle));
      }
      return "ok";
    },
}};

// Two children; the pidfd of the first is closed and the second's has its number.
struct Reused {
  explicit Reused(Arena& arena)
      : first(arena.Spawn(body::Lingers)), second(arena.Spawn(body::Lingers)) {
    Fd closed = Require(tested::PidfdOpen(first.pid(), 0));
    stale = closed.get();
    closed.reset();
    pidfd = Require(tested::PidfdOpen(second.pid(), 0));
    Require(pidfd.get() == stale);
  }
  Child first;
  Child second;
  int stale;
  Fd pidfd;
};

// Whether a child was hit by SIGUSR1 before it is killed: of two pending signals the lower is
// delivered first, by emulators too.
bool WasHit(Child& child) {
  Require(sys::Kill(child.pid(), SIGUSR2));
  return child.Reap().si_status == SIGUSR1;
}

const Registered<Conformance> kStale{{
    .name = "regression/closed_handle_hits_stranger",
    .question = "Which process is signalled by a handle that another thread has just released?",
    .without_pid_namespace = kBothPaths,
    .pidfd = {.needs = {"pidfd_open", "pidfd_send_signal"},
              .claims = {Hazard(
                  "hit_stranger",
                  "the lowest free descriptor is reused at once: lock around it (os.Process of Go)",
                  "open(2)")},
              .ask = [](Arena& arena) -> Outcome {
                Reused reused(arena);
                const sys::Status sent = tested::PidfdSendSignal(reused.stale, SIGUSR1, nullptr, 0);
                if (!sent.ok()) return Outcome::Of(sent);
                if (WasHit(reused.second)) return "hit_stranger";
                return WasHit(reused.first) ? "hit_target" : "hit_none";
              }},
    .legacy = {.claims = {Must("hit_target", "a PID is not released before the process is reaped",
                               "kill(2)")},
               .ask = [](Arena& arena) -> Outcome {
                 Child target = arena.Spawn(body::Lingers);
                 Child stranger = arena.Spawn(body::Lingers);
                 Require(sys::Kill(target.pid(), SIGUSR1));
                 if (WasHit(stranger)) return "hit_stranger";
                 return WasHit(target) ? "hit_target" : "hit_none";
               }},
}};

const Registered<Conformance> kTwice{{
    .name = "regression/closed_twice",
    .question = "What does a second close of the same pidfd close?",
    .without_pid_namespace = kPidfdOnly,
    .pidfd = {.needs = {"pidfd_open", "pidfd_send_signal"},
              .claims = {Hazard("closed_anothers",
                                "the descriptor is another owner's pidfd by then (os/exec of Go)",
                                "close(2)")},
              .ask = [](Arena& arena) -> Outcome {
                Reused reused(arena);
                const int closed = close(reused.stale);
                const sys::Status sent =
                    tested::PidfdSendSignal(reused.pidfd.release(), 0, nullptr, 0);
                if (closed != 0) return "refused";
                return sent.error() == EBADF ? Outcome("closed_anothers") : Outcome::Of(sent);
              }},
    .legacy = NotPossible("a PID is not closed"),
}};

const Registered<Conformance> kZero{{
    .name = "regression/descriptor_zero",
    .question = "Does a pidfd with descriptor number 0 work like any other?",
    .without_pid_namespace = kPidfdOnly,
    .pidfd = {.needs = {"pidfd_open", "pidfd_send_signal", "waitid/p_pidfd"},
              .claims = {Must("works",
                              "0 is a valid descriptor and does not mean none (syscall of Go)",
                              "open(2)")},
              .ask = [](Arena& arena) -> Outcome {
                const Child child = arena.Spawn(body::Lingers);
                close(STDIN_FILENO);
                const Fd pidfd = Require(tested::PidfdOpen(child.pid(), 0));
                Require(pidfd.get() == 0);
                const sys::Status sent = tested::PidfdSendSignal(0, SIGKILL, nullptr, 0);
                if (!sent.ok()) return Outcome::Of(sent);
                const Outcome waited =
                    Outcome::Of(tested::Waitid(abi::kIdPidfd, 0, WEXITED | WNOWAIT));
                return waited == Outcome("killed") ? Outcome("works") : waited;
              }},
    .legacy = NotPossible("no process has PID 0"),
}};

int FailsToExecute(int) {
  constexpr int kNotFound = 127;
  execl("/nowhere/to/be/found", "nothing", nullptr);
  return kNotFound;
}

// Whether the descriptor of the child outlives its reaping.
Outcome AfterFailure(Arena& arena, const SpawnOptions& options) {
  Child child = arena.Spawn(FailsToExecute, options);
  child.Reap();
  return fcntl(child.pidfd().get(), F_GETFD) < 0 ? "nothing_left" : "left_open";
}

const Registered<Conformance> kFailedExec{{
    .name = "regression/failed_exec_leaves_handle",
    .question = "Is the pidfd released when execve fails in the child and the child is reaped?",
    .without_pid_namespace = kBothPaths,
    .pidfd =
        {.needs = {"clone3/pidfd"},
         .claims = {Hazard(
             "left_open",
             "reaping does not close the pidfd: every failure leaks one (glibc 31695, Go 69284)",
             "clone(2) CLONE_PIDFD")},
         .ask = [](Arena& arena) { return AfterFailure(arena, {.how = SpawnOptions::kClone3}); }},
    .legacy = {.claims = {Must("nothing_left", "a PID needs no descriptor", "wait(2)")},
               .ask = [](Arena& arena) { return AfterFailure(arena, {}); }},
}};

}  // namespace
}  // namespace pidproof::scenarios::conformance::regression_owning
