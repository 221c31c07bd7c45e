// Children that nobody has to wait for: SIGCHLD ignored or SA_NOCLDWAIT, and the exception.
#include <errno.h>
#include <signal.h>

#include "probes/require.h"
#include "scenarios/handle.h"
#include "scenarios/scenario.h"

namespace pidproof {
namespace {

// Tells the kernel to reap this process's children by itself, in one of the two ways.
void IgnoreSigchld() {
  struct sigaction action {};
  action.sa_handler = SIG_IGN;
  Require(sigaction(SIGCHLD, &action, nullptr) == 0);
}

void NoChildWait() {
  struct sigaction action {};
  action.sa_handler = SIG_DFL;
  action.sa_flags = SA_NOCLDWAIT;
  Require(sigaction(SIGCHLD, &action, nullptr) == 0);
}

// A blocking wait for a child that ends while we wait, or before: either way it returns at the end.
Outcome WaitForEnd(Arena& arena, Path path, const Birth& birth, Child::Body body) {
  Child child = arena.Spawn(body, birth);
  const Handle handle = Handle::To(child, path);
  // While it waits at its gate there must be a child to wait for.
  if (Outcome::Of(handle.Wait(WEXITED | __WALL | WNOHANG)) != Outcome("running"))
    return "echild_too_early";
  child.Open();
  const Result<siginfo_t> waited = handle.Wait(WEXITED | __WALL);
  if (waited.ok()) Require(waited->si_status == body::kGateStatus);
  if (waited.ok() || waited.error() == ECHILD) child.Disown();
  return Outcome::Of(waited);
}

const Registered<Scenario> kIgnored{{
    .name = "auto_reap/sig_ign",
    .asks = "Who gets the exit status when the parent ignores SIGCHLD?",
    .pidfd_needs = {"pidfd_open", "waitid/p_pidfd"},
    .claims = {{kPidfd, "echild", kMust, "the kernel has reaped it: nobody can wait for it",
                "wait(2) NOTES"},
               {kLegacyPid, "echild", kMust, "the kernel has reaped it: nobody can wait for it",
                "wait(2) NOTES"}},
    .trial = [](Arena& arena, Path path) -> Outcome {
      IgnoreSigchld();
      return WaitForEnd(arena, path, {}, body::AtGate);
    },
}};

const Registered<Scenario> kNoCldWait{{
    .name = "auto_reap/sa_nocldwait",
    .asks = "Who gets the exit status when the parent has set SA_NOCLDWAIT?",
    .pidfd_needs = {"pidfd_open", "waitid/p_pidfd"},
    .claims = {{kPidfd, "echild", kMust, "the kernel has reaped it: nobody can wait for it",
                "sigaction(2)"},
               {kLegacyPid, "echild", kMust, "the kernel has reaped it: nobody can wait for it",
                "sigaction(2)"}},
    .trial = [](Arena& arena, Path path) -> Outcome {
      NoChildWait();
      return WaitForEnd(arena, path, {}, body::AtGate);
    },
}};

const Registered<Scenario> kOtherSignal{{
    .name = "auto_reap/other_exit_signal",
    .asks = "SIGCHLD is ignored, but the child was cloned with another exit signal: does it reap "
            "itself?",
    .pidfd_needs = {"pidfd_open", "waitid/p_pidfd"},
    .claims = {{kPidfd, "exited", kMust, "only children that send SIGCHLD reap themselves",
                "clone(2), __WALL"},
               {kLegacyPid, "exited", kMust, "only children that send SIGCHLD reap themselves",
                "clone(2), __WALL"}},
    .trial = [](Arena& arena, Path path) -> Outcome {
      IgnoreSigchld();
      return WaitForEnd(arena, path, {.exit_signal = 0}, body::AtGate);
    },
}};

const Registered<Scenario> kOtherSignalNoCldWait{{
    .name = "auto_reap/other_exit_signal_nocldwait",
    .asks = "SA_NOCLDWAIT is set, but the child was cloned with another exit signal: does it reap "
            "itself?",
    .pidfd_needs = {"pidfd_open", "waitid/p_pidfd"},
    .claims = {{kPidfd, "exited", kMust, "only children that send SIGCHLD reap themselves",
                "clone(2), __WALL"},
               {kLegacyPid, "exited", kMust, "only children that send SIGCHLD reap themselves",
                "clone(2), __WALL"}},
    .trial = [](Arena& arena, Path path) -> Outcome {
      NoChildWait();
      return WaitForEnd(arena, path, {.exit_signal = 0}, body::AtGate);
    },
}};

const Registered<Scenario> kPlainWait{{
    .name = "auto_reap/other_exit_signal_plain_wait",
    .asks = "Does a wait without __WALL see a child with another exit signal?",
    .pidfd_needs = {"pidfd_open", "waitid/p_pidfd"},
    .bare = kBothPaths,
    .claims = {{kPidfd, "echild", kMust, "clone children are for __WCLONE or __WALL, pidfd or not",
                "wait(2)"},
               {kLegacyPid, "echild", kMust, "clone children are for __WCLONE or __WALL",
                "wait(2)"}},
    .trial = [](Arena& arena, Path path) -> Outcome {
      const Child child = arena.Spawn(body::Lingers, {.exit_signal = 0});
      return Outcome::Of(Handle::To(child, path).Wait());
    },
}};

const Registered<Scenario> kExec{{
    .name = "auto_reap/execve_resets_exit_signal",
    .asks = "The child with another exit signal calls execve: does it reap itself now?",
    .pidfd_needs = {"pidfd_open", "waitid/p_pidfd"},
    .claims = {{kPidfd, "echild", kMust, "execve resets the exit signal to SIGCHLD",
                "clone(2), fs/exec.c"},
               {kLegacyPid, "echild", kMust, "execve resets the exit signal to SIGCHLD",
                "clone(2), fs/exec.c"}},
    .trial = [](Arena& arena, Path path) -> Outcome {
      IgnoreSigchld();
      return WaitForEnd(arena, path, {.exit_signal = 0}, body::ExecsThenAtGate);
    },
}};

}  // namespace
}  // namespace pidproof
