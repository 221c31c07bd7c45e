// Children that need no wait: SIGCHLD ignored or SA_NOCLDWAIT, and the exceptions.
#include <errno.h>
#include <signal.h>

#include "probes/system/require.h"
#include "scenarios/fixtures/auto_reaped.h"
#include "scenarios/handle.h"
#include "scenarios/scenario.h"

namespace pidproof::scenarios::conformance::auto_reap {
namespace {

using enum Sigchld;

void Dispose(Sigchld what) {
  SetSigchld(what);
  // Keeps a child with another exit signal from killing us.
  struct sigaction action {};
  action.sa_handler = SIG_IGN;
  Require(sigaction(SIGUSR1, &action, nullptr) == 0);
}

// A blocking wait for a child that exits during the wait, or before: either way it returns once the
// child is gone.
template <Sigchld kDisposition, int kExitSignal = SIGCHLD, Child::Body kBody = body::AtGate>
Outcome WaitForEnd(Arena& arena, Path path) {
  Dispose(kDisposition);
  Child child = arena.Spawn(kBody, {.exit_signal = kExitSignal});
  const Handle handle = Handle::To(child, path);
  // While it waits at its gate there must be a child to wait for.
  if (Outcome::Of(handle.Wait(WEXITED | __WALL | WNOHANG)) != Outcome("running")) {
    return "echild_too_early";
  }
  child.Open();
  const Result<siginfo_t> waited = handle.Wait(WEXITED | __WALL);
  if (waited.ok()) Require(waited->si_status == body::kGateStatus);
  if (waited.ok() || waited.error() == ECHILD) child.Disown();
  return Outcome::Of(waited);
}

constexpr char kGone[] = "the kernel has already reaped the child";
constexpr char kOnlySigchld[] =
    "only children whose exit signal is SIGCHLD are reaped automatically";
constexpr char kExecResets[] = "execve resets the exit signal to SIGCHLD";

const Registered<Conformance> kByDefault{{
    .name = "auto_reap/default",
    .question =
        "Which process gets the exit status when the disposition of SIGCHLD is the default?",
    .claims = {Must("exited", "SIG_DFL ignores SIGCHLD without the automatic reaping of SIG_IGN",
                    "wait(2) NOTES")},
    .pidfd = {.needs = {"pidfd_open", "waitid/p_pidfd"}},
    .ask = WaitForEnd<kDefault>,
}};

const Registered<Conformance> kHandled{{
    .name = "auto_reap/handler",
    .question = "Which process gets the exit status when the parent has a handler for SIGCHLD?",
    .claims = {Must("exited", "a handler does not reap the child", "wait(2)")},
    .pidfd = {.needs = {"pidfd_open", "waitid/p_pidfd"}},
    .ask = WaitForEnd<kHandler>,
}};

const Registered<Conformance> kIgnored{{
    .name = "auto_reap/sig_ign",
    .question = "Which process gets the exit status when the parent ignores SIGCHLD?",
    .claims = {Must("echild", kGone, "wait(2) NOTES")},
    .pidfd = {.needs = {"pidfd_open", "waitid/p_pidfd"}},
    .ask = WaitForEnd<kIgnore>,
}};

const Registered<Conformance> kNoWait{{
    .name = "auto_reap/sa_nocldwait",
    .question = "Which process gets the exit status when the parent has set SA_NOCLDWAIT?",
    .claims = {Must("echild", kGone, "sigaction(2)")},
    .pidfd = {.needs = {"pidfd_open", "waitid/p_pidfd"}},
    .ask = WaitForEnd<kNoChildWait>,
}};

const Registered<Conformance> kHandledNoWait{{
    .name = "auto_reap/handler_nocldwait",
    .question = "Is a child reaped automatically when SIGCHLD has a handler and SA_NOCLDWAIT?",
    .claims = {Must("echild", "SA_NOCLDWAIT counts, whatever the handler is", "sigaction(2)")},
    .pidfd = {.needs = {"pidfd_open", "waitid/p_pidfd"}},
    .ask = WaitForEnd<kHandlerNoChildWait>,
}};

const Registered<Conformance> kOtherSignal{{
    .name = "auto_reap/other_exit_signal",
    .question = "Does ignoring SIGCHLD reap a child that was cloned with no exit signal?",
    .claims = {Must("exited", kOnlySigchld, "clone(2), __WALL")},
    .pidfd = {.needs = {"pidfd_open", "waitid/p_pidfd"}},
    .ask = WaitForEnd<kIgnore, 0>,
}};

const Registered<Conformance> kOtherSignalNoWait{{
    .name = "auto_reap/other_exit_signal_nocldwait",
    .question = "Does SA_NOCLDWAIT reap a child that was cloned with no exit signal?",
    .claims = {Must("exited", kOnlySigchld, "clone(2), __WALL")},
    .pidfd = {.needs = {"pidfd_open", "waitid/p_pidfd"}},
    .ask = WaitForEnd<kNoChildWait, 0>,
}};

const Registered<Conformance> kUserSignal{{
    .name = "auto_reap/sigusr1",
    .question = "Is a child with exit signal SIGUSR1 reaped automatically when SIGCHLD and SIGUSR1 "
                "are ignored?",
    .claims = {Must("exited", kOnlySigchld, "kernel/signal.c do_notify_parent")},
    .pidfd = {.needs = {"pidfd_open", "waitid/p_pidfd"}},
    .ask = WaitForEnd<kIgnore, SIGUSR1>,
}};

const Registered<Conformance> kUserSignalNoWait{{
    .name = "auto_reap/sigusr1_nocldwait",
    .question = "Does SA_NOCLDWAIT reap a child whose exit signal is SIGUSR1?",
    .claims = {Must("exited", kOnlySigchld, "kernel/signal.c do_notify_parent")},
    .pidfd = {.needs = {"pidfd_open", "waitid/p_pidfd"}},
    .ask = WaitForEnd<kNoChildWait, SIGUSR1>,
}};

const Registered<Conformance> kExec{{
    .name = "auto_reap/execve_resets_exit_signal",
    .question =
        "Does ignoring SIGCHLD reap a child cloned with no exit signal once it has called execve?",
    .claims = {Must("echild", kExecResets, "clone(2), fs/exec.c")},
    .pidfd = {.needs = {"pidfd_open", "waitid/p_pidfd"}},
    .ask = WaitForEnd<kIgnore, 0, body::ExecsThenAtGate>,
}};

const Registered<Conformance> kExecNoWait{{
    .name = "auto_reap/execve_resets_sigusr1",
    .question =
        "Does SA_NOCLDWAIT reap a child with exit signal SIGUSR1 once it has called execve?",
    .claims = {Must("echild", kExecResets, "clone(2), fs/exec.c")},
    .pidfd = {.needs = {"pidfd_open", "waitid/p_pidfd"}},
    .ask = WaitForEnd<kNoChildWait, SIGUSR1, body::ExecsThenAtGate>,
}};

// The result of a wait for a living child.
template <int kExitSignal, int kOptions>
Outcome WaitAlive(Arena& arena, Path path) {
  Dispose(kDefault);
  const Child child = arena.Spawn(body::Lingers, {.exit_signal = kExitSignal});
  return Outcome::Of(Handle::To(child, path).Wait(WEXITED | WNOHANG | kOptions));
}

const Registered<Conformance> kPlainWait{{
    .name = "auto_reap/other_exit_signal_plain_wait",
    .question = "Does waitid without __WALL find a child with no exit signal?",
    .without_pid_namespace = kBothPaths,
    .claims = {Must("echild", "clone children need __WCLONE or __WALL", "wait(2)")},
    .pidfd = {.needs = {"pidfd_open", "waitid/p_pidfd"}},
    .ask = WaitAlive<0, 0>,
}};

const Registered<Conformance> kPlainWaitUser{{
    .name = "auto_reap/sigusr1_plain_wait",
    .question = "Does waitid without __WALL find a child whose exit signal is SIGUSR1?",
    .without_pid_namespace = kBothPaths,
    .claims = {Must("echild", "clone children need __WCLONE or __WALL", "wait(2)")},
    .pidfd = {.needs = {"pidfd_open", "waitid/p_pidfd"}},
    .ask = WaitAlive<SIGUSR1, 0>,
}};

const Registered<Conformance> kCloneWait{{
    .name = "auto_reap/other_exit_signal_clone_wait",
    .question = "Does waitid with __WCLONE find a child with no exit signal?",
    .without_pid_namespace = kBothPaths,
    .claims = {Must("running", "__WCLONE selects clone children", "wait(2)")},
    .pidfd = {.needs = {"pidfd_open", "waitid/p_pidfd"}},
    .ask = WaitAlive<0, static_cast<int>(__WCLONE)>,
}};

const Registered<Conformance> kCloneWaitPlain{{
    .name = "auto_reap/clone_wait_of_fork",
    .question = "Does waitid with __WCLONE find an ordinary child?",
    .without_pid_namespace = kBothPaths,
    .claims = {Must("echild", "__WCLONE excludes children whose exit signal is SIGCHLD",
                    "wait(2)")},
    .pidfd = {.needs = {"pidfd_open", "waitid/p_pidfd"}},
    .ask = WaitAlive<SIGCHLD, static_cast<int>(__WCLONE)>,
}};

const Registered<Conformance> kBothKinds{{
    .name = "auto_reap/clone_wait_of_all",
    .question = "Which option counts when waitid gets both __WALL and __WCLONE?",
    .without_pid_namespace = kBothPaths,
    .claims = {Must("running", "__WALL selects children of every kind", "wait(2)")},
    .pidfd = {.needs = {"pidfd_open", "waitid/p_pidfd"}},
    .ask = WaitAlive<SIGCHLD, static_cast<int>(__WCLONE | __WALL)>,
}};

}  // namespace
}  // namespace pidproof::scenarios::conformance::auto_reap
