// Children that nobody has to wait for: SIGCHLD ignored or SA_NOCLDWAIT, and the exceptions.
#include <errno.h>
#include <signal.h>

#include "probes/system/require.h"
#include "scenarios/fixtures/alike.h"
#include "scenarios/fixtures/auto_reaped.h"
#include "scenarios/handle.h"
#include "scenarios/scenario.h"

namespace pidproof {
namespace {

using enum Sigchld;

void Dispose(Sigchld what) {
  SetSigchld(what);
  // The end of a child with another exit signal is no harm.
  struct sigaction action {};
  action.sa_handler = SIG_IGN;
  Require(sigaction(SIGUSR1, &action, nullptr) == 0);
}

// A blocking wait for a child that ends while we wait, or before: either way it returns at the end.
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

using Trial = Outcome (*)(Arena&, Path);

// Both paths ask alike, and are answered alike.
Scenario Row(std::string_view name, std::string_view question, std::vector<Claim> claims,
             Trial trial) {
  return {.name = name,
          .question = question,
          .pidfd_needs = {"pidfd_open", "waitid/p_pidfd"},
          .claims = std::move(claims),
          .trial = trial};
}

std::vector<Claim> Kept(std::string_view reason, std::string_view source) {
  return Both("exited", reason, source);
}

std::vector<Claim> Reaped(std::string_view reason, std::string_view source) {
  return Both("echild", reason, source);
}

constexpr char kGone[] = "the kernel has reaped it: nobody can wait for it";
constexpr char kOnlySigchld[] = "only children that send SIGCHLD reap themselves";
constexpr char kExecResets[] = "execve resets the exit signal to SIGCHLD";

const Registered<Scenario> kByDefault{
    Row("auto_reap/default", "Who gets the exit status when nothing was said about SIGCHLD?",
        Kept("SIGCHLD is ignored by default, but not as by SIG_IGN: the child is kept",
             "wait(2) NOTES"),
        WaitForEnd<kDefault>)};

const Registered<Scenario> kHandled{
    Row("auto_reap/handler", "Who gets the exit status when the parent has a handler for SIGCHLD?",
        Kept("a handler tells of the end; the wait is for the parent", "wait(2)"),
        WaitForEnd<kHandler>)};

const Registered<Scenario> kIgnored{Row("auto_reap/sig_ign",
                                        "Who gets the exit status when the parent ignores SIGCHLD?",
                                        Reaped(kGone, "wait(2) NOTES"), WaitForEnd<kIgnore>)};

const Registered<Scenario> kNoWait{
    Row("auto_reap/sa_nocldwait", "Who gets the exit status when the parent has set SA_NOCLDWAIT?",
        Reaped(kGone, "sigaction(2)"), WaitForEnd<kNoChildWait>)};

const Registered<Scenario> kHandledNoWait{
    Row("auto_reap/handler_nocldwait",
        "SIGCHLD has a handler and SA_NOCLDWAIT: does a child reap itself?",
        Reaped("the flag counts, whatever the handler is", "sigaction(2)"),
        WaitForEnd<kHandlerNoChildWait>)};

const Registered<Scenario> kOtherSignal{
    Row("auto_reap/other_exit_signal",
        "SIGCHLD is ignored, but the child was cloned with no exit signal: does it reap itself?",
        Kept(kOnlySigchld, "clone(2), __WALL"), WaitForEnd<kIgnore, 0>)};

const Registered<Scenario> kOtherSignalNoWait{
    Row("auto_reap/other_exit_signal_nocldwait",
        "SA_NOCLDWAIT is set, but the child was cloned with no exit signal: does it reap itself?",
        Kept(kOnlySigchld, "clone(2), __WALL"), WaitForEnd<kNoChildWait, 0>)};

const Registered<Scenario> kUserSignal{
    Row("auto_reap/sigusr1",
        "SIGCHLD and SIGUSR1 are ignored, the child's exit signal is SIGUSR1: does it reap itself?",
        Kept(kOnlySigchld, "kernel/signal.c do_notify_parent"), WaitForEnd<kIgnore, SIGUSR1>)};

const Registered<Scenario> kUserSignalNoWait{
    Row("auto_reap/sigusr1_nocldwait",
        "SA_NOCLDWAIT is set, the child's exit signal is SIGUSR1: does it reap itself?",
        Kept(kOnlySigchld, "kernel/signal.c do_notify_parent"), WaitForEnd<kNoChildWait, SIGUSR1>)};

const Registered<Scenario> kExec{
    Row("auto_reap/execve_resets_exit_signal",
        "The child with no exit signal calls execve: does it reap itself now?",
        Reaped(kExecResets, "clone(2), fs/exec.c"), WaitForEnd<kIgnore, 0, body::ExecsThenAtGate>)};

const Registered<Scenario> kExecNoWait{Row(
    "auto_reap/execve_resets_sigusr1",
    "SA_NOCLDWAIT is set; the child with exit signal SIGUSR1 calls execve: does it reap itself?",
    Reaped(kExecResets, "clone(2), fs/exec.c"),
    WaitForEnd<kNoChildWait, SIGUSR1, body::ExecsThenAtGate>)};

// The answer to a wait for a living child.
template <int kExitSignal, int kOptions>
Outcome WaitAlive(Arena& arena, Path path) {
  Dispose(kDefault);
  const Child child = arena.Spawn(body::Lingers, {.exit_signal = kExitSignal});
  return Outcome::Of(Handle::To(child, path).Wait(WEXITED | WNOHANG | kOptions));
}

Scenario WithoutPidNamespace(Scenario row) {
  row.without_pid_namespace = kBothPaths;
  return row;
}

const Registered<Scenario> kPlainWait{WithoutPidNamespace(
    Row("auto_reap/other_exit_signal_plain_wait",
        "Does a wait without __WALL see a child with no exit signal?",
        Reaped("clone children are for __WCLONE or __WALL, pidfd or not", "wait(2)"),
        WaitAlive<0, 0>))};

const Registered<Scenario> kPlainWaitUser{WithoutPidNamespace(
    Row("auto_reap/sigusr1_plain_wait",
        "Does a wait without __WALL see a child whose exit signal is SIGUSR1?",
        Reaped("clone children are for __WCLONE or __WALL, pidfd or not", "wait(2)"),
        WaitAlive<SIGUSR1, 0>))};

const Registered<Scenario> kCloneWait{
    WithoutPidNamespace(Row("auto_reap/other_exit_signal_clone_wait",
                            "Does a wait with __WCLONE see a child with no exit signal?",
                            Both("running", "clone children are what it is for", "wait(2)"),
                            WaitAlive<0, static_cast<int>(__WCLONE)>))};

const Registered<Scenario> kCloneWaitPlain{WithoutPidNamespace(
    Row("auto_reap/clone_wait_of_fork", "Does a wait with __WCLONE see an ordinary child?",
        Reaped("__WCLONE leaves out who sends SIGCHLD", "wait(2)"),
        WaitAlive<SIGCHLD, static_cast<int>(__WCLONE)>))};

const Registered<Scenario> kBothKinds{WithoutPidNamespace(
    Row("auto_reap/clone_wait_of_all", "__WALL and __WCLONE at once: which counts?",
        Both("running", "__WALL is for children of every kind", "wait(2)"),
        WaitAlive<SIGCHLD, static_cast<int>(__WCLONE | __WALL)>))};

}  // namespace
}  // namespace pidproof
