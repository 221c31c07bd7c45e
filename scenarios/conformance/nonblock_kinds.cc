// PIDFD_NONBLOCK: how the flag is set, and what it does for every kind of wait.
#include <fcntl.h>
#include <unistd.h>

#include "probes/system/require.h"
#include "scenarios/fixtures/threaded.h"
#include "scenarios/handle.h"
#include "scenarios/scenario.h"
#include "scenarios/tested.h"

namespace pidproof::scenarios::conformance::nonblock_kinds {
namespace {

// Waits by PID, which has no flag: WNOHANG must be given each time.
Outcome WaitByPid(Arena& arena) {
  const Child child = arena.Spawn(body::Lingers);
  return Outcome::Of(sys::Waitid(P_PID, child.pid(), WEXITED | WNOHANG));
}

const Registered<Conformance> kByFcntl{{
    .name = "nonblock/by_fcntl",
    .question = "Can waitid be made nonblocking after the pidfd is open (F_SETFL)?",
    .without_pid_namespace = kBothPaths,
    .pidfd = {.needs = {"pidfd_open", "waitid/nonblock"},
              .claims = {Must("eagain", "F_SETFL sets O_NONBLOCK, which is PIDFD_NONBLOCK",
                              "pidfd_open(2), fcntl(2)")},
              .ask = [](Arena& arena) -> Outcome {
                const Child child = arena.Spawn(body::Lingers);
                const Fd pidfd = Require(tested::PidfdOpen(child.pid(), 0));
                Require(fcntl(pidfd.get(), F_SETFL, O_NONBLOCK) == 0);
                return Outcome::Of(tested::Waitid(abi::kIdPidfd, pidfd.get(), WEXITED));
              }},
    .legacy = {.claims = {Must("running", "every wait can use WNOHANG", "wait(2)")},
               .ask = WaitByPid},
}};

const Registered<Conformance> kThroughDuplicate{{
    .name = "nonblock/through_duplicate",
    .question =
        "Does O_NONBLOCK set through one duplicate of a pidfd affect waits through the other?",
    .without_pid_namespace = kBothPaths,
    .pidfd = {.needs = {"pidfd_open", "waitid/nonblock"},
              .claims = {Must("eagain", "duplicates share the file status flags",
                              "fcntl(2) F_SETFL")},
              .ask = [](Arena& arena) -> Outcome {
                const Child child = arena.Spawn(body::Lingers);
                const Fd pidfd = Require(tested::PidfdOpen(child.pid(), 0));
                const Fd duplicate(fcntl(pidfd.get(), F_DUPFD_CLOEXEC, 0));
                Require(duplicate && fcntl(duplicate.get(), F_SETFL, O_NONBLOCK) == 0);
                return Outcome::Of(tested::Waitid(abi::kIdPidfd, pidfd.get(), WEXITED));
              }},
    .legacy = {.claims = {Must("running", "every call has options of its own", "wait(2)")},
               .ask = WaitByPid},
}};

const Registered<Conformance> kOtherPidfd{{
    .name = "nonblock/through_another",
    .question = "Does opening one pidfd with PIDFD_NONBLOCK affect another pidfd of the process?",
    .without_pid_namespace = kPidfdOnly,
    .pidfd = {.needs = {"pidfd_open/nonblock", "waitid/nonblock"},
              .claims = {Must("its_own", "each pidfd_open makes an open file with its own flags",
                              "pidfd_open(2)")},
              .ask = [](Arena& arena) -> Outcome {
                const Child child = arena.Spawn(body::Lingers);
                const Fd sleeps = Require(tested::PidfdOpen(child.pid(), 0));
                const Fd other = Require(tested::PidfdOpen(child.pid(), abi::kPidfdNonblock));
                const bool shared = (fcntl(sleeps.get(), F_GETFL) & O_NONBLOCK) != 0;
                const bool had = (fcntl(other.get(), F_GETFL) & O_NONBLOCK) != 0;
                if (!had) return "flag_lost";
                return shared ? "shared" : "its_own";
              }},
    .legacy = NotPossible("a PID has no flags"),
}};

const Registered<Conformance> kStops{{
    .name = "nonblock/wait_stop",
    .question = "What does a nonblocking waitid return while there is no stop or continuation?",
    .without_pid_namespace = kBothPaths,
    .pidfd = {.needs = {"pidfd_open/nonblock", "waitid/nonblock"},
              .claims = {Must("eagain", "the flag applies to every kind of event",
                              "kernel/exit.c kernel_waitid")}},
    .legacy = {.claims = {Must("running", "WNOHANG succeeds without naming a child", "wait(2)")}},
    .ask = [](Arena& arena, Path path) -> Outcome {
      const Child child = arena.Spawn(body::Lingers);
      const Handle handle = Handle::To(child, path, Handle::kNonblocking);
      const Outcome stop = Outcome::Of(handle.Wait(WSTOPPED));
      const Outcome continuation = Outcome::Of(handle.Wait(WCONTINUED));
      return stop == continuation ? stop : Outcome("not_alike");
    },
}};

const Registered<Conformance> kNoChild{{
    .name = "nonblock/wait_no_child",
    .question =
        "Does a nonblocking waitid distinguish a process that is not a child from a running child?",
    .without_pid_namespace = kBothPaths,
    .claims = {Must("echild", "there is no event that a later wait could find", "wait(2)")},
    .pidfd = {.needs = {"pidfd_open/nonblock", "waitid/nonblock"}},
    .ask = [](Arena&, Path path) -> Outcome {
      return Outcome::Of(Require(Handle::ToPid(getpid(), path, Handle::kNonblocking)).Wait());
    },
}};

const Registered<Conformance> kWrongKind{{
    .name = "nonblock/wait_wrong_kind",
    .question = "Does a nonblocking waitid distinguish a child that __WCLONE excludes from a "
                "running child?",
    .without_pid_namespace = kBothPaths,
    .claims = {Must("echild", "__WCLONE selects clone children only", "wait(2)")},
    .pidfd = {.needs = {"pidfd_open/nonblock", "waitid/nonblock"}},
    .ask = [](Arena& arena, Path path) -> Outcome {
      const Child child = arena.Spawn(body::Lingers);
      return Outcome::Of(
          Handle::To(child, path, Handle::kNonblocking).Wait(WEXITED | static_cast<int>(__WCLONE)));
    },
}};

const Registered<Conformance> kLeaderGone{{
    .name = "nonblock/wait_leader_gone",
    .question = "What does a nonblocking waitid return when the thread-group leader has exited and "
                "others run?",
    .without_pid_namespace = kBothPaths,
    .pidfd = {.needs = {"pidfd_open/nonblock", "waitid/nonblock"},
              .claims = {Must("eagain", "the process still runs and can be waited for later",
                              "kernel/exit.c wait_consider_task")}},
    .legacy = {.claims = {Must("running", "WNOHANG succeeds without naming a child", "wait(2)")}},
    .ask = [](Arena& arena, Path path) -> Outcome {
      const Leaderless made = Leaderless::Make(arena);
      return Outcome::Of(Handle::To(made.child, path, Handle::kNonblocking).Wait());
    },
}};

}  // namespace
}  // namespace pidproof::scenarios::conformance::nonblock_kinds
