// The life of a descriptor beside that of its process: inherited, kept across execve, closed, held.
#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include <utility>

#include "probes/system/require.h"
#include "scenarios/fixtures/report.h"
#include "scenarios/handle.h"
#include "scenarios/scenario.h"
#include "scenarios/tested.h"

namespace pidproof::scenarios::conformance::descriptor_life {
namespace {

constexpr std::string_view kNoDescriptor = "a PID is not a descriptor";

// Asks in a sibling of the target, which inherited the parent's handle.
const Handle* inherited = nullptr;

Outcome AskBrother(Arena& arena, Path path, Child::Body body) {
  const Child target = arena.Spawn(body::Lingers);
  const Handle handle = Handle::To(target, path);
  inherited = &handle;
  const siginfo_t ended = arena.Spawn(body).Reap();
  Require(ended.si_code == CLD_EXITED);
  return Outcome::Of(ended.si_status);
}

const Registered<Conformance> kInheritedSignal{{
    .name = "descriptor/inherited_signal",
    .question =
        "Can a forked child signal its sibling by a pidfd or PID inherited from their parent?",
    .without_pid_namespace = kBothPaths,
    .pidfd = {.needs = {"pidfd_open", "pidfd_send_signal"},
              .claims = {Must("ok", "fork copies the descriptor", "fork(2)")}},
    .legacy = {.claims = {Must("ok", "fork copies the PID", "fork(2)")}},
    .ask =
        [](Arena& arena, Path path) {
          return AskBrother(arena, path, [](int) { return inherited->Signal(0).error(); });
        },
}};

const Registered<Conformance> kInheritedWait{{
    .name = "descriptor/inherited_wait",
    .question =
        "Can a forked child wait for its sibling by a pidfd or PID inherited from their parent?",
    .without_pid_namespace = kBothPaths,
    .pidfd = {.needs = {"pidfd_open", "waitid/p_pidfd"},
              .claims = {Must("echild", "only the parent can wait for a child", "wait(2)")}},
    .legacy = {.claims = {Must("echild", "only the parent can wait for a child", "wait(2)")}},
    .ask =
        [](Arena& arena, Path path) {
          return AskBrother(arena, path,
                            [](int) { return inherited->Wait(WEXITED | WNOHANG).error(); });
        },
}};

// What a pidfd is in a child that executes this program.
Outcome AfterExecve(Arena& arena, int descriptor_flags) {
  const Child target = arena.Spawn(body::Lingers);
  const Fd pidfd = Require(tested::PidfdOpen(target.pid(), 0));
  Require(fcntl(pidfd.get(), F_SETFD, descriptor_flags) == 0);
  report::Open();
  Child child = arena.Spawn(body::ExecsThenAtGate);
  Require(!report::Receive());
  const Fd of_child = Require(tested::PidfdOpen(child.pid(), 0));
  const Result<Fd> found = tested::PidfdGetfd(of_child.get(), pidfd.get(), 0);
  child.Open();
  if (child.Reap().si_status != body::kGateStatus)
    throw Unsupported("this program cannot re-execute itself here");
  if (found.error() == EPERM)
    throw Unsupported("pidfd_getfd is not permitted on the child (EPERM)");
  if (!found.ok()) return found.error() == EBADF ? Outcome("closed") : Outcome::Of(found.error());
  return tested::PidfdSendSignal(found->get(), 0, nullptr, 0).ok() ? "kept" : "useless";
}

const Registered<Conformance> kClosedByExec{{
    .name = "descriptor/execve",
    .question = "Does an unintended pidfd survive execve?",
    .without_pid_namespace = kPidfdOnly,
    .pidfd = {.needs = {"pidfd_open", "pidfd_getfd", "pidfd_send_signal"},
              .claims = {Must("closed", "a pidfd is close-on-exec from the start",
                              "pidfd_open(2)")},
              .ask = [](Arena& arena) { return AfterExecve(arena, FD_CLOEXEC); }},
    .legacy = NotPossible(kNoDescriptor),
}};

const Registered<Conformance> kKeptOverExec{{
    .name = "descriptor/execve_kept",
    .question = "Does a pidfd work after execve if its close-on-exec flag was cleared?",
    .without_pid_namespace = kPidfdOnly,
    .pidfd = {.needs = {"pidfd_open", "pidfd_getfd", "pidfd_send_signal"},
              .claims = {Must("kept", "a pidfd is inherited like any descriptor", "execve(2)")},
              .ask = [](Arena& arena) { return AfterExecve(arena, 0); }},
    .legacy = NotPossible(kNoDescriptor),
}};

const Registered<Conformance> kExecute{{
    .name = "descriptor/execveat",
    .question = "Can execveat execute a pidfd?",
    .without_pid_namespace = kPidfdOnly,
    .pidfd = {.needs = {"pidfd_open"},
              .claims = {Must("eacces", "only regular files can be executed", "execve(2)")
                             .Since(eras::kPidfs),
                         May("enxio", "an anonymous inode cannot be opened, even for execution",
                             "fs/inode.c no_open")
                             .Until(eras::kPidfs)},
              .ask = [](Arena& arena) -> Outcome {
                const Child target = arena.Spawn(body::Lingers);
                const Fd pidfd = Require(tested::PidfdOpen(target.pid(), 0));
                char name[] = "pidfd";
                char* const arguments[] = {name, nullptr};
                char* const environment[] = {nullptr};
                execveat(pidfd.get(), "", arguments, environment,
                         AT_EMPTY_PATH);  // returns only if it fails
                return Outcome::Of(errno);
              }},
    .legacy = NotPossible(kNoDescriptor),
}};

// How a child ends whose only pidfd has been closed, after prepare.
Outcome AfterLastClose(Arena& arena, void (*prepare)(const Child& child)) {
  Child child = arena.Spawn(body::AtGate);
  prepare(child);
  Require(tested::PidfdOpen(child.pid(), 0)).reset();
  child.Open();
  const siginfo_t ended = child.Reap();
  if (ended.si_code != CLD_EXITED) return Outcome::Of(Result<siginfo_t>(ended));
  return ended.si_status == body::kGateStatus ? "own_end" : "other_end";
}

const Registered<Conformance> kClosed{{
    .name = "descriptor/last_close",
    .question = "Does closing the last pidfd of a process end the process?",
    .without_pid_namespace = kPidfdOnly,
    .pidfd = {.needs = {"pidfd_open"},
              .claims = {Must("own_end", "a pidfd refers to a process but does not own it",
                              "pidfd_open(2)")},
              .ask = [](Arena& arena) { return AfterLastClose(arena, [](const Child&) {}); }},
    .legacy = NotPossible(kNoDescriptor),
}};

const Registered<Conformance> kClosedZombie{{
    .name = "descriptor/last_close_zombie",
    .question = "Does closing the last pidfd of a zombie reap it?",
    .without_pid_namespace = kPidfdOnly,
    .pidfd = {.needs = {"pidfd_open"},
              .claims = {Must("own_end", "the status stays available to the parent", "wait(2)")},
              .ask =
                  [](Arena& arena) {
                    return AfterLastClose(arena, [](const Child& child) {
                      child.Open();
                      child.AwaitZombie();
                    });
                  }},
    .legacy = NotPossible(kNoDescriptor),
}};

// Reuses the PID while a handle made from it is held, and asks the handle.
const Registered<Conformance> kHeld{{
    .name = "descriptor/held_pid",
    .question = "Does holding a pidfd or PID keep the PID from being reused?",
    .pidfd = {.needs = {"clone3/pidfd", "pidfd_send_signal"},
              .claims = {Must("reissued_esrch",
                              "the PID is reused and the pidfd reports that its process is gone",
                              "pidfd_send_signal(2)")}},
    .legacy = {.claims = {Hazard("reissued_ok", "the PID is reused and names another process",
                                 "kill(2)")}},
    .ask = [](Arena& arena, Path path) -> Outcome {
      Arena::Stub first = arena.SpawnWithPid(StubLife::kWaits, Handle::NeedsPidfdAtSpawn(path));
      const Handle held = Handle::Of(first, path);
      arena.End(first);
      const Arena::Stub next = arena.SpawnWithPid(StubLife::kWaits, false);
      const int error = held.Signal(0).error();
      arena.End(next);
      if (next.pid != first.pid) return "not_reissued";
      if (error == 0) return "reissued_ok";
      return error == ESRCH ? Outcome("reissued_esrch") : Outcome::Of(error);
    },
}};

}  // namespace
}  // namespace pidproof::scenarios::conformance::descriptor_life
