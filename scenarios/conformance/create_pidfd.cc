// Which processes get the pidfd that a clone makes.
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <unistd.h>

#include "probes/system/require.h"
#include "scenarios/fixtures/alike.h"
#include "scenarios/fixtures/shared.h"
#include "scenarios/handle.h"
#include "scenarios/scenario.h"
#include "scenarios/tested.h"

namespace pidproof::scenarios::conformance::create_pidfd {
namespace {

constexpr char kNothing[] = "a PID cannot be inherited or closed like a descriptor";

// A clone(2) whose child runs body and exits, without a gate. Returns the child's status.
template <typename Body>
Outcome InClone(std::uint64_t flags, int* place, Body body) {
  const Result<pid_t> made = tested::Clone(flags, SIGCHLD, place);
  if (!made.ok()) return Outcome::Of(made.error());
  if (*made == 0) _exit(body());
  const siginfo_t ended = Require(sys::Waitid(P_PID, *made, WEXITED));
  Require(ended.si_code == CLD_EXITED);
  return Outcome::Of(ended.si_status);
}

// The pidfd is stored in memory that both share, so that the child can see whether it is there
// already.
Outcome SeenByChild(std::uint64_t flag) {
  int& place = Shared<int>();
  place = -1;
  const Outcome seen = InClone(flag, &place, [&] { return place >= 0 ? 0 : EAGAIN; });
  const Fd pidfd(flag == abi::kClonePidfd ? place : -1);
  return seen == Outcome("ok") ? "written_before" : seen == Outcome("eagain") ? "too_late" : seen;
}

const Registered<Conformance> kBefore{{
    .name = "create/written_before_child_runs",
    .question = "Is the child's pidfd or PID stored before the child can run?",
    .without_pid_namespace = kBothPaths,
    .pidfd = {.needs = {"clone/pidfd"},
              .claims = {Must("written_before",
                              "the descriptor number is stored before the child runs",
                              "kernel/fork.c copy_process")},
              .ask = [](Arena&) -> Outcome { return SeenByChild(abi::kClonePidfd); }},
    .legacy = {.claims = {Must("written_before",
                               "CLONE_PARENT_SETTID stores the PID before the child runs",
                               "kernel/fork.c kernel_clone")},
               .ask = [](Arena&) -> Outcome { return SeenByChild(CLONE_PARENT_SETTID); }},
}};

template <std::uint64_t kFlags>
Outcome HeldByChild(Arena&) {
  int& place = Shared<int>();
  place = -1;
  const Outcome seen = InClone(abi::kClonePidfd | kFlags, &place,
                               [&] { return fcntl(place, F_GETFD) < 0 ? errno : 0; });
  const Fd pidfd(place);
  return seen == Outcome("ok") ? "open_in_child" : seen;
}

const Registered<Conformance> kOwnTable{{
    .name = "create/child_lacks_pidfd",
    .question = "Does a child inherit the pidfd that refers to itself?",
    .without_pid_namespace = kPidfdOnly,
    .pidfd = {.needs = {"clone/pidfd"},
              .claims = {Must("ebadf",
                              "the descriptor table is copied before the pidfd is installed",
                              "kernel/fork.c copy_process")},
              .ask = HeldByChild<0>},
    .legacy = NotPossible(kNothing),
}};

// CLONE_FILES: the child may run before the parent's descriptor is installed, so it looks once the
// gate opens.
const Registered<Conformance> kSharedTable{{
    .name = "create/shared_table",
    .question = "Does a child made with CLONE_FILES see the pidfd that refers to itself?",
    .without_pid_namespace = kPidfdOnly,
    .pidfd = {.needs = {"clone3/pidfd"},
              .claims = {Must("open_in_child", "parent and child share one descriptor table",
                              "clone(2) CLONE_FILES")},
              .ask = [](Arena& arena) -> Outcome {
                Shared<int>() = -1;
                Child child = arena.Spawn(
                    [](int gate) {
                      body::Pass(gate);
                      return fcntl(Shared<int>(), F_GETFD) < 0 ? errno : 0;
                    },
                    {.how = SpawnOptions::kClone3, .flags = CLONE_FILES});
                Shared<int>() = child.pidfd().get();
                child.Open();
                const Outcome seen = Outcome::Of(child.Reap().si_status);
                return seen == Outcome("ok") ? "open_in_child" : seen;
              }},
    .legacy = NotPossible(kNothing),
}};

const Registered<Conformance> kCloseOnExec{{
    .name = "create/close_on_exec",
    .question = "Does a pidfd made by clone survive an execve of its owner?",
    .without_pid_namespace = kPidfdOnly,
    .pidfd = {.needs = {"clone/pidfd", "clone3/pidfd"},
              .claims = {Must("closed", "CLONE_PIDFD sets close-on-exec", "clone(2) CLONE_PIDFD")},
              .ask = [](Arena& arena) -> Outcome {
                return SameForEach({SpawnOptions::kClone, SpawnOptions::kClone3},
                                   [&](SpawnOptions::How how) -> Outcome {
                                     Child child = arena.Spawn(body::Lingers, {.how = how});
                                     const int flags = fcntl(child.pidfd().get(), F_GETFD);
                                     Require(flags >= 0);
                                     return (flags & FD_CLOEXEC) != 0 ? "closed" : "inherited";
                                   });
              }},
    .legacy = NotPossible(kNothing),
}};

const Registered<Conformance> kVfork{{
    .name = "create/vfork",
    .question = "Is the pidfd or PID of a CLONE_VFORK child usable if the child has ended before "
                "clone returns?",
    .without_pid_namespace = kBothPaths,
    .claims = {Must("exited", "a child that has ended stays a zombie until it is reaped",
                    "clone(2), wait(2)")},
    .pidfd = {.needs = {"clone/pidfd", "waitid/p_pidfd"}},
    .ask = [](Arena& arena, Path path) -> Outcome {
      const SpawnOptions::How how =
          Handle::NeedsPidfdAtSpawn(path) ? SpawnOptions::kClone : SpawnOptions::kFork;
      Child child = arena.Spawn(body::Exits, {.how = how, .flags = CLONE_VFORK});
      const pid_t pid = child.pid();
      const Result<siginfo_t> waited = Handle::From(pid, std::move(child.pidfd()), path).Wait();
      if (waited.ok()) child.Disown();
      return Outcome::Of(waited);
    },
}};

// Makes a sibling (CLONE_PARENT), and waits for it as for a child.
Path asked = kPidfd;

int MakesSibling(int) {
  int pidfd = -1;
  const bool with_pidfd = Handle::NeedsPidfdAtSpawn(asked);
  const Result<pid_t> made =
      tested::Clone(CLONE_PARENT | (with_pidfd ? abi::kClonePidfd : 0), SIGCHLD, &pidfd);
  if (!made.ok()) return made.error();
  if (*made == 0) _exit(0);
  return Handle::From(*made, Fd(pidfd), asked).Wait(WEXITED | __WALL).error();
}

const Registered<Conformance> kSibling{{
    .name = "create/clone_parent",
    .question = "Can a process wait for the sibling that it made with CLONE_PARENT?",
    .without_pid_namespace = kBothPaths,
    .claims = {Must("echild", "only the parent can wait for a child",
                    "clone(2) CLONE_PARENT, wait(2)")},
    .pidfd = {.needs = {"clone/pidfd", "waitid/p_pidfd"}},
    .ask = [](Arena& arena, Path path) -> Outcome {
      asked = path;
      const siginfo_t ended = arena.Spawn(MakesSibling).Reap();
      Require(ended.si_code == CLD_EXITED);
      // Reaps the sibling, which is our child, if there is one.
      const Result<siginfo_t> sibling = sys::Waitid(P_ALL, 0, WEXITED | __WALL);
      if (!sibling.ok())
        return Outcome::Of(ended.si_status == 0 ? sibling.error() : ended.si_status);
      return Outcome::Of(ended.si_status);
    },
}};

}  // namespace
}  // namespace pidproof::scenarios::conformance::create_pidfd
