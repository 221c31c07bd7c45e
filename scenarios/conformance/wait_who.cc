// waitid(2): who may wait for whom: parents, their threads, siblings, and children by clone.

#include <optional>

#include "probes/system/require.h"
#include "scenarios/fixtures/orphan.h"
#include "scenarios/fixtures/thread.h"
#include "scenarios/fixtures/threaded.h"
#include "scenarios/handle.h"
#include "scenarios/scenario.h"
#include "scenarios/tested.h"

namespace pidproof {
namespace {

// What children are handed by being forked. A trial has a process of its own.
std::optional<Handle> handed;

const Registered<Conformance> kSibling{{
    .name = "wait/sibling",
    .question = "Can a process wait for its sibling, whose pidfd or number it has inherited?",
    .without_pid_namespace = kBothPaths,
    .claims = {Must("echild", "a pidfd gives no right to wait: only parents may", "wait(2)")},
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
  Outcome answer = "unasked";
  OnAnotherThread([&] { answer = Outcome::Of(handle.Wait(WEXITED | WNOWAIT | kOptions)); });
  return answer;
}

const Registered<Conformance> kOtherThread{{
    .name = "wait/other_thread",
    .question = "One thread made the child: may another one wait for it?",
    .without_pid_namespace = kBothPaths,
    .claims = {Must("exited", "a thread may wait for the children of all its siblings",
                    "wait(2) NOTES")},
    .pidfd = {.needs = {"pidfd_open", "waitid/p_pidfd"}},
    .ask = FromOtherThread<0>,
}};

const Registered<Conformance> kWnothread{{
    .name = "wait/other_thread_wnothread",
    .question = "One thread made the child: may another one wait for it with __WNOTHREAD?",
    .without_pid_namespace = kBothPaths,
    .claims = {Must("echild", "__WNOTHREAD is for the thread's own children only", "wait(2)")},
    .pidfd = {.needs = {"pidfd_open", "waitid/p_pidfd"}},
    .ask = FromOtherThread<__WNOTHREAD>,
}};

const Registered<Conformance> kOwnThread{{
    .name = "wait/own_thread_wnothread",
    .question = "May the thread that made the child wait for it with __WNOTHREAD?",
    .without_pid_namespace = kBothPaths,
    .claims = {Must("exited", "it is that thread's own child", "wait(2)")},
    .pidfd = {.needs = {"pidfd_open", "waitid/p_pidfd"}},
    .ask = [](Arena& arena, Path path) -> Outcome {
      const Child child = arena.Spawn(body::Exits);
      return Outcome::Of(Handle::To(child, path).Wait(WEXITED | WNOWAIT | __WNOTHREAD));
    },
}};

// How a wait with these options finds a child that has ended, and ends with that signal.
template <int kExitSignal, unsigned kOptions>
Outcome Found(Arena& arena, Path path) {
  const Child child = arena.Spawn(body::Exits, {.exit_signal = kExitSignal});
  const Handle handle = Handle::To(child, path);
  child.AwaitZombie();
  return Outcome::Of(handle.Wait(static_cast<int>(WEXITED | WNOWAIT | kOptions)));
}

const Registered<Conformance> kWclone{{
    .name = "wait/wclone",
    .question = "Does __WCLONE see a child that ends with another signal than SIGCHLD?",
    .without_pid_namespace = kBothPaths,
    .claims = {Must("exited", "__WCLONE is for exactly such children", "wait(2)")},
    .pidfd = {.needs = {"pidfd_open", "waitid/p_pidfd"}},
    .ask = Found<SIGURG, __WCLONE>,
}};

const Registered<Conformance> kWcloneOrdinary{{
    .name = "wait/wclone_ordinary_child",
    .question = "Does __WCLONE see a child that ends with SIGCHLD?",
    .without_pid_namespace = kBothPaths,
    .claims = {Must("echild", "__WCLONE is for clone children only, pidfd or not", "wait(2)")},
    .pidfd = {.needs = {"pidfd_open", "waitid/p_pidfd"}},
    .ask = Found<SIGCHLD, __WCLONE>,
}};

const Registered<Conformance> kWall{{
    .name = "wait/wall",
    .question = "Does __WALL see a child that ends without any signal?",
    .without_pid_namespace = kBothPaths,
    .claims = {Must("exited", "__WALL is for every child, whatever its exit signal", "wait(2)")},
    .pidfd = {.needs = {"pidfd_open", "waitid/p_pidfd"}},
    .ask = Found<0, __WALL>,
}};

const Registered<Conformance> kWallWclone{{
    .name = "wait/wall_and_wclone",
    .question = "Which wins over an ordinary child, __WALL or __WCLONE?",
    .without_pid_namespace = kBothPaths,
    .claims = {Must("exited", "__WCLONE is ignored where __WALL is given", "wait(2)")},
    .pidfd = {.needs = {"pidfd_open", "waitid/p_pidfd"}},
    .ask = Found<SIGCHLD, __WALL | __WCLONE>,
}};

const Registered<Conformance> kAdopted{{
    .name = "wait/adopted",
    .question = "May a subreaper wait for a grandchild that it has adopted?",
    .claims = {Must("exited", "orphans become children of the nearest subreaper",
                    "PR_SET_CHILD_SUBREAPER(2const)")},
    .pidfd = {.needs = {"pidfd_open", "waitid/p_pidfd"}},
    .ask = [](Arena& arena, Path path) -> Outcome {
      const Orphan orphan = Orphan::Make(arena);
      const Handle handle = Require(Handle::ToNumber(orphan.number, path));
      orphan.Open();
      return Outcome::Of(handle.Wait());
    },
}};

const Registered<Conformance> kThread{{
    .name = "wait/thread",
    .question = "Can a parent wait for one thread of its child, other than the first?",
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
    .question = "Can a child be waited for through a pidfd of its first thread (PIDFD_THREAD)?",
    .without_pid_namespace = kPidfdOnly,
    .pidfd = {.needs = {"pidfd_open/thread", "waitid/p_pidfd"},
              .claims = {Must("exited", "the first thread has the number of the process",
                              "kernel/exit.c do_wait_pid")},
              .ask = [](Arena& arena) -> Outcome {
                const Child child = arena.Spawn(body::Exits);
                const Fd thread = Require(tested::PidfdOpen(child.pid(), abi::kPidfdThread));
                return Outcome::Of(tested::Waitid(abi::kIdPidfd, thread.get(), WEXITED | WNOWAIT));
              }},
    .legacy = NotPossible("a number does not say whether it names the thread or the process"),
}};

}  // namespace
}  // namespace pidproof
