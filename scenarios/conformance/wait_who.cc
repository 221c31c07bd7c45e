// waitid(2): which process may wait for which: parents, their threads, siblings, and children by
// clone.

#include <optional>

#include "probes/system/require.h"
#include "scenarios/fixtures/orphan.h"
#include "scenarios/fixtures/thread.h"
#include "scenarios/fixtures/threaded.h"
#include "scenarios/handle.h"
#include "scenarios/scenario.h"
#include "scenarios/tested.h"

namespace pidproof::scenarios::conformance::wait_who {
namespace {

// Handed to children by fork. A trial has a process of its own.
std::optional<Handle> handed;

const Registered<Conformance> kSibling{{
    .name = "wait/sibling",
    .question = "Can a process wait for its sibling by an inherited pidfd or PID?",
    .without_pid_namespace = kBothPaths,
    .claims = {Must("echild", "a pidfd gives no permission to wait: only the parent has it",
                    "wait(2)")},
    .pidfd = {.needs = {"pidfd_open", "waitid/p_pidfd"}},
    .ask = [](Arena& arena, Path path) -> Outcome {
      const Child target = arena.Spawn(body::Exits);
      target.AwaitZombie();
      handed.emplace(Handle::To(target, path));
      Child sibling = arena.Spawn([](int) { return handed->Wait(WEXITED | WNOWAIT).error(); });
      return Outcome::Of(sibling.Reap().si_status);
    },
}};

template <int kOptions>
Outcome FromOtherThread(Arena& arena, Path path) {
  const Child child = arena.Spawn(body::Exits);
  const Handle handle = Handle::To(child, path);
  child.AwaitZombie();
  Outcome answer = "not_called";
  OnAnotherThread([&] { answer = Outcome::Of(handle.Wait(WEXITED | WNOWAIT | kOptions)); });
  return answer;
}

const Registered<Conformance> kOtherThread{{
    .name = "wait/other_thread",
    .question = "Can a thread wait for a child that another thread made?",
    .without_pid_namespace = kBothPaths,
    .claims = {Must("exited", "a thread can wait for the children of all threads of its process",
                    "wait(2) NOTES")},
    .pidfd = {.needs = {"pidfd_open", "waitid/p_pidfd"}},
    .ask = FromOtherThread<0>,
}};

const Registered<Conformance> kWnothread{{
    .name = "wait/other_thread_wnothread",
    .question = "Can a thread with __WNOTHREAD wait for a child that another thread made?",
    .without_pid_namespace = kBothPaths,
    .claims = {Must("echild", "__WNOTHREAD selects the thread's own children only", "wait(2)")},
    .pidfd = {.needs = {"pidfd_open", "waitid/p_pidfd"}},
    .ask = FromOtherThread<__WNOTHREAD>,
}};

const Registered<Conformance> kOwnThread{{
    .name = "wait/own_thread_wnothread",
    .question = "Can the thread that made a child wait for it with __WNOTHREAD?",
    .without_pid_namespace = kBothPaths,
    .claims = {Must("exited", "it is the thread's own child", "wait(2)")},
    .pidfd = {.needs = {"pidfd_open", "waitid/p_pidfd"}},
    .ask = [](Arena& arena, Path path) -> Outcome {
      const Child child = arena.Spawn(body::Exits);
      return Outcome::Of(Handle::To(child, path).Wait(WEXITED | WNOWAIT | __WNOTHREAD));
    },
}};

// The result of a wait with these options for a child that has exited and has that exit signal.
template <int kExitSignal, unsigned kOptions>
Outcome Found(Arena& arena, Path path) {
  const Child child = arena.Spawn(body::Exits, {.exit_signal = kExitSignal});
  const Handle handle = Handle::To(child, path);
  child.AwaitZombie();
  return Outcome::Of(handle.Wait(static_cast<int>(WEXITED | WNOWAIT | kOptions)));
}

const Registered<Conformance> kWclone{{
    .name = "wait/wclone",
    .question = "Does waitid with __WCLONE find a child whose exit signal is not SIGCHLD?",
    .without_pid_namespace = kBothPaths,
    .claims = {Must("exited", "__WCLONE selects exactly such children", "wait(2)")},
    .pidfd = {.needs = {"pidfd_open", "waitid/p_pidfd"}},
    .ask = Found<SIGURG, __WCLONE>,
}};

const Registered<Conformance> kWcloneOrdinary{{
    .name = "wait/wclone_ordinary_child",
    .question = "Does waitid with __WCLONE find a child whose exit signal is SIGCHLD?",
    .without_pid_namespace = kBothPaths,
    .claims = {Must("echild", "__WCLONE selects clone children only", "wait(2)")},
    .pidfd = {.needs = {"pidfd_open", "waitid/p_pidfd"}},
    .ask = Found<SIGCHLD, __WCLONE>,
}};

const Registered<Conformance> kWall{{
    .name = "wait/wall",
    .question = "Does waitid with __WALL find a child without any exit signal?",
    .without_pid_namespace = kBothPaths,
    .claims = {Must("exited", "__WALL selects every child, whatever its exit signal", "wait(2)")},
    .pidfd = {.needs = {"pidfd_open", "waitid/p_pidfd"}},
    .ask = Found<0, __WALL>,
}};

const Registered<Conformance> kWallWclone{{
    .name = "wait/wall_and_wclone",
    .question = "Which option counts for an ordinary child, __WALL or __WCLONE?",
    .without_pid_namespace = kBothPaths,
    .claims = {Must("exited", "__WALL overrides __WCLONE", "wait(2)")},
    .pidfd = {.needs = {"pidfd_open", "waitid/p_pidfd"}},
    .ask = Found<SIGCHLD, __WALL | __WCLONE>,
}};

const Registered<Conformance> kAdopted{{
    .name = "wait/adopted",
    .question = "Can a subreaper wait for an adopted grandchild?",
    .claims = {Must("exited", "orphans become children of the nearest subreaper",
                    "PR_SET_CHILD_SUBREAPER(2const)")},
    .pidfd = {.needs = {"pidfd_open", "waitid/p_pidfd"}},
    .ask = [](Arena& arena, Path path) -> Outcome {
      const Orphan orphan = Orphan::Make(arena);
      const Handle handle = Require(Handle::ToPid(orphan.pid, path));
      orphan.Open();
      return Outcome::Of(handle.Wait());
    },
}};

const Registered<Conformance> kThread{{
    .name = "wait/thread",
    .question = "Can a parent wait for a thread of its child other than the first?",
    .without_pid_namespace = kBothPaths,
    .claims = {Must("echild", "only whole processes can be waited for, unless traced",
                    "kernel/exit.c do_wait")},
    .pidfd = {.needs = {"pidfd_open/thread", "waitid/p_pidfd"},
              .ask = [](Arena& arena) -> Outcome {
                const Leaderless made = Leaderless::Make(arena);
                const Fd thread = Require(tested::PidfdOpen(made.other, abi::kPidfdThread));
                return Outcome::Of(
                    tested::Waitid(abi::kIdPidfd, thread.get(), WEXITED | WNOHANG | __WALL));
              }},
    .legacy = {.ask = [](Arena& arena) -> Outcome {
      const Leaderless made = Leaderless::Make(arena);
      return Outcome::Of(sys::Waitid(P_PID, made.other, WEXITED | WNOHANG | __WALL));
    }},
}};

const Registered<Conformance> kFirstThread{{
    .name = "wait/first_thread",
    .question = "Can a child be waited for by a pidfd of its first thread (PIDFD_THREAD)?",
    .without_pid_namespace = kPidfdOnly,
    .pidfd = {.needs = {"pidfd_open/thread", "waitid/p_pidfd"},
              .claims = {Must("exited", "the first thread's TID is the PID of the process",
                              "kernel/exit.c do_wait_pid")},
              .ask = [](Arena& arena) -> Outcome {
                const Child child = arena.Spawn(body::Exits);
                const Fd thread = Require(tested::PidfdOpen(child.pid(), abi::kPidfdThread));
                return Outcome::Of(tested::Waitid(abi::kIdPidfd, thread.get(), WEXITED | WNOWAIT));
              }},
    .legacy = NotPossible("a PID does not distinguish the thread from the process"),
}};

}  // namespace
}  // namespace pidproof::scenarios::conformance::wait_who
