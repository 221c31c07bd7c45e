// Signals to processes in a frozen cgroup: a process that was killed need not have ended.
#include <signal.h>
#include <unistd.h>

#include <utility>

#include "probes/system/require.h"
#include "scenarios/fixtures/cgroup.h"
#include "scenarios/fixtures/report.h"
#include "scenarios/handle.h"
#include "scenarios/scenario.h"

namespace pidproof::scenarios::conformance::frozen {
namespace {

const std::vector<std::string_view> kNeeds = {"pidfd_open", "pidfd_send_signal", "waitid/p_pidfd"};

// Returns once a process that was killed after now has ended: what is not held back has ended too.
void LetOthersEnd(Arena& arena) {
  const Child other = arena.Spawn(body::Lingers);
  other.Kill();
  other.AwaitZombie();
}

// Whether the wait finds the end, or poll.
Result<bool> HasEnded(const Handle& handle) {
  const Result<siginfo_t> waited = handle.Wait(WEXITED | WNOHANG | WNOWAIT);
  if (!waited.ok()) return Result<bool>::Errno(waited.error());
  if (waited->si_pid != 0) return true;
  return handle.Ended();
}

// Signals a frozen child and thaws it: when does it end?
Outcome EndOf(Arena& arena, Path path, const Frozen& frozen, int signal) {
  const Handle handle = Handle::To(frozen.child(), path);
  const sys::Status sent = handle.Signal(signal);
  if (!sent.ok()) return Outcome::Of(sent);
  LetOthersEnd(arena);
  const Result<bool> ended = HasEnded(handle);
  if (!ended.ok()) return Outcome::Of(ended.error());
  if (*ended) return frozen.IsOrdered() ? "ended_while_frozen" : "thawed";
  frozen.Thaw();
  const Result<bool> came = handle.AwaitEnd();
  if (!came.ok()) return Outcome::Of(came.error());
  return *came ? "ended_once_thawed" : "no_event";
}

const Registered<Conformance> kOlderKill{{
    .name = "frozen/older_kill",
    .question = "Does SIGKILL end a process in a frozen cgroup of the version 1 freezer?",
    .without_pid_namespace = kBothPaths,
    .claims = {Hazard("ended_once_thawed",
                      "the signal is accepted, and the process is there until it is thawed",
                      "kernel cgroup-v1/freezer-subsystem, kernel/freezer.c"),
               May("ended_while_frozen", "SIGKILL cannot be held back", "signal(7)")},
    .pidfd = {.needs = kNeeds},
    .ask =
        [](Arena& arena, Path path) {
          const Frozen frozen(arena.Spawn(body::Lingers), CgroupKind::kFreezer);
          return EndOf(arena, path, frozen, SIGKILL);
        },
}};

// Blocks until the frozen child has ended.
Outcome AwaitEndOf(Arena& arena, Path path, int signal) {
  const Frozen frozen(arena.Spawn(body::Lingers), CgroupKind::kVersion2);
  const Handle handle = Handle::To(frozen.child(), path);
  const sys::Status sent = handle.Signal(signal);
  if (!sent.ok()) return Outcome::Of(sent);
  const Result<bool> came = handle.AwaitEnd();
  if (!came.ok()) return Outcome::Of(came.error());
  if (!*came) return "no_event";
  return frozen.IsOrdered() ? "ended_while_frozen" : "thawed";
}

const Registered<Conformance> kKill{{
    .name = "frozen/kill",
    .question = "Does SIGKILL end a process in a frozen cgroup of version 2?",
    .without_pid_namespace = kBothPaths,
    .claims = {Must("ended_while_frozen", "a fatal signal ends it without a thaw",
                    "kernel cgroup-v2 cgroup.freeze")},
    .pidfd = {.needs = {"pidfd_open", "pidfd_send_signal", "poll"}},
    .ask = [](Arena& arena, Path path) { return AwaitEndOf(arena, path, SIGKILL); },
}};

const Registered<Conformance> kTerminate{{
    .name = "frozen/terminate",
    .question = "Does SIGTERM, not handled, end a process in a frozen cgroup of version 2?",
    .without_pid_namespace = kBothPaths,
    .claims = {Must("ended_while_frozen", "a signal that is fatal by default is fatal here too",
                    "kernel/signal.c complete_signal")},
    .pidfd = {.needs = {"pidfd_open", "pidfd_send_signal", "poll"}},
    .ask = [](Arena& arena, Path path) { return AwaitEndOf(arena, path, SIGTERM); },
}};

int ExitsWhenAsked(int gate) {
  const auto leave = [](int) { _exit(body::kGateStatus); };
  report::Send(signal(SIGTERM, leave) != SIG_ERR);
  return body::Lingers(gate);
}

const Registered<Conformance> kHandled{{
    .name = "frozen/handled",
    .question = "Does a process in a frozen cgroup of version 2 act on a SIGTERM that it handles?",
    .without_pid_namespace = kBothPaths,
    .claims = {Hazard("ended_once_thawed",
                      "the signal is accepted, and the handler runs when it is thawed",
                      "kernel cgroup-v2 cgroup.freeze, kernel/signal.c do_freezer_trap")},
    .pidfd = {.needs = kNeeds},
    .ask =
        [](Arena& arena, Path path) {
          report::Open();
          Child child = arena.Spawn(ExitsWhenAsked);
          Require(report::ReceiveInt() == 1);
          const Frozen frozen(std::move(child), CgroupKind::kVersion2);
          return EndOf(arena, path, frozen, SIGTERM);
        },
}};

}  // namespace
}  // namespace pidproof::scenarios::conformance::frozen
