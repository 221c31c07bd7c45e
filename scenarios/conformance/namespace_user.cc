// A process in a user namespace below, and one in a user namespace above: who may signal and who
// may copy descriptors.
#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <sys/mman.h>

#include <optional>

#include "probes/system/require.h"
#include "probes/system/sys.h"
#include "scenarios/fixtures/call_in_child.h"
#include "scenarios/fixtures/fd_owner.h"
#include "scenarios/handle.h"
#include "scenarios/scenario.h"
#include "scenarios/tested.h"

namespace pidproof::scenarios::conformance::namespace_user {
namespace {

constexpr SpawnOptions kInUserNamespace{.flags = CLONE_NEWUSER};
constexpr char kSameUser[] = "it is the same user outside of that namespace";

const Registered<Conformance> kSignalBelow{{
    .name = "namespace/signal_user_below",
    .question = "Can a process in a user namespace below be signalled and waited for?",
    .without_pid_namespace = kBothPaths,
    .claims = {Must("killed", kSameUser, "kill(2), user_namespaces(7)")},
    .pidfd = {.needs = {"clone/pidfd", "pidfd_send_signal", "waitid/p_pidfd"}},
    .ask = [](Arena& arena, Path path) -> Outcome {
      SpawnOptions options = kInUserNamespace;
      if (Handle::NeedsPidfdAtSpawn(path)) options.how = SpawnOptions::kClone;
      Child child = arena.Spawn(body::Lingers, options);
      const Handle handle = Handle::From(child.pid(), std::move(child.pidfd()), path);
      const sys::Status sent = handle.Signal(SIGKILL);
      if (!sent.ok()) return Outcome::Of(sent);
      const Outcome ended = Outcome::Of(handle.Wait());
      child.Disown();
      return ended;
    },
}};

// Handed to the asker by fork. A trial has a process of its own.
const Handle* handed = nullptr;

// The errno of a question about a process that a child in a new user namespace asks.
Outcome AskFromBelow(Arena& arena, const Handle& handle, Child::Body ask) {
  handed = &handle;
  return CallInChild(arena, ask, "the child could not make the call", kInUserNamespace);
}

const Registered<Conformance> kSignalAbove{{
    .name = "namespace/signal_user_above",
    .question = "Can a process in a user namespace below signal one of the same user above?",
    .without_pid_namespace = kBothPaths,
    .claims = {Must("ok", "a new user namespace changes no user: that is what counts",
                    "kernel/signal.c kill_ok_by_cred")},
    .pidfd = {.needs = {"pidfd_open", "pidfd_send_signal"}},
    .ask = [](Arena& arena, Path path) -> Outcome {
      const Child target = arena.Spawn(body::Lingers);
      const Handle handle = Handle::To(target, path);
      return AskFromBelow(arena, handle, [](int) { return handed->Signal(SIGCONT).error(); });
    },
}};

const Registered<Conformance> kCopyAbove{{
    .name = "getfd/from_user_namespace_below",
    .question = "Can a process in a user namespace below fetch a descriptor of one above?",
    .without_pid_namespace = kBothPaths,
    .pidfd = {.needs = {"pidfd_open", "pidfd_getfd/child"},
              .claims = {Must("eperm", "it has no capability in the other's user namespace",
                              "ptrace(2), pidfd_getfd(2)")}},
    .legacy = {.claims = {Must("eacces", "it has no capability in the other's user namespace",
                               "ptrace(2), proc_pid_fd(5)")}},
    .ask = [](Arena& arena, Path path) -> Outcome {
      const FdOwner owner = FdOwner::Make(arena, [] { return memfd_create("owned", MFD_CLOEXEC); });
      if (owner.in_proc == 0) throw Unsupported("no /proc shows the process");
      const Handle handle = owner.Named(path);
      return AskFromBelow(arena, handle,
                          [](int) { return handed->CopyFd(FdOwner::kOwned).error(); });
    },
}};

}  // namespace
}  // namespace pidproof::scenarios::conformance::namespace_user
