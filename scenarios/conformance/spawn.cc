// Programs that glibc starts: pidfd_spawn(3), which returns a pidfd, beside posix_spawn(3), which
// returns a PID.
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

#include <filesystem>
#include <system_error>

#include "probes/system/require.h"
#include "scenarios/fixtures/spawned.h"
#include "scenarios/handle.h"
#include "scenarios/scenario.h"
#include "scenarios/tested.h"

namespace pidproof::scenarios::conformance::spawn {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kManual = "glibc manual, pidfd_spawn; posix_spawn(3)";

// Asks of this program, spawned in that way; or the errno of the spawn.
template <typename Ask>
Outcome OfSpawned(Arena& arena, Path path, const SpawnPlan& plan, Ask ask) {
  RequireExecutesItself(arena);
  const Result<Spawned> spawned = Spawned::Make(arena, path, plan);
  return spawned.ok() ? ask(*spawned) : Outcome::Of(spawned.error());
}

// Lets it end. "exited": with the status of a program that has passed its gate.
Outcome EndOf(const Spawned& spawned) {
  spawned.Open();
  const Result<siginfo_t> ended = spawned.handle().Wait();
  if (!ended.ok() || ended->si_code != CLD_EXITED) return Outcome::Of(ended);
  return ended->si_status == body::kGateStatus ? "exited" : "wrong_status";
}

Outcome WholeLife(Arena& arena, Path path) {
  const SpawnPlan plan;
  return OfSpawned(arena, path, plan, [](const Spawned& spawned) -> Outcome {
    const Handle& handle = spawned.handle();
    if (const sys::Status alive = handle.Signal(0); !alive.ok()) return Outcome::Of(alive);
    const Result<siginfo_t> looked = handle.Wait(WEXITED | WNOHANG);
    if (!looked.ok()) return Outcome::Of(looked.error());
    if (looked->si_pid != 0) return "ended_early";
    spawned.Open();
    if (!Require(handle.AwaitEnd())) return "missed";
    const Result<siginfo_t> ended = handle.Wait();
    if (!ended.ok()) return Outcome::Of(ended.error());
    if (ended->si_status != body::kGateStatus) return "wrong_status";
    return Outcome::Of(ended);
  });
}

const Registered<Conformance> kWholeLife{{
    .name = "spawn/whole_life",
    .question = "Does what a spawn returns serve the program's whole life: check, watch, reap?",
    .without_pid_namespace = kBothPaths,
    .pidfd = {.needs = {"pidfd_spawn", "pidfd_send_signal", "poll", "waitid/p_pidfd"},
              .claims = {Must("exited", "a pidfd of the program, which is a child", kManual)}},
    .legacy = {.claims = {Must("exited", "a child keeps its PID until it is reaped", kManual)}},
    .ask = WholeLife,
}};

const Registered<Conformance> kKilled{{
    .name = "spawn/killed",
    .question = "Can a spawned program be killed by what the spawn has returned?",
    .without_pid_namespace = kBothPaths,
    .claims = {Must("killed", "the signal ends it, and the wait reports it", kManual)},
    .pidfd = {.needs = {"pidfd_spawn", "pidfd_send_signal", "waitid/p_pidfd"}},
    .ask =
        [](Arena& arena, Path path) {
          const SpawnPlan plan;
          return OfSpawned(arena, path, plan, [](const Spawned& spawned) -> Outcome {
            const sys::Status sent = spawned.handle().Signal(SIGKILL);
            if (!sent.ok()) return Outcome::Of(sent);
            return Outcome::Of(spawned.handle().Wait());
          });
        },
}};

const Registered<Conformance> kCloseOnExec{{
    .name = "spawn/close_on_exec",
    .question = "Is the pidfd of pidfd_spawn closed in programs that are executed later?",
    .without_pid_namespace = kPidfdOnly,
    .pidfd = {.needs = {"pidfd_spawn"},
              .claims = {Must("close_on_exec", "CLONE_PIDFD sets FD_CLOEXEC", kManual)},
              .ask =
                  [](Arena& arena) {
                    const SpawnPlan plan;
                    return OfSpawned(arena, kPidfd, plan, [](const Spawned& spawned) -> Outcome {
                      const int flags = fcntl(spawned.handle().wait_id().id, F_GETFD);
                      Require(flags >= 0);
                      return (flags & FD_CLOEXEC) != 0 ? "close_on_exec" : "kept";
                    });
                  }},
    .legacy = NotPossible("a PID has no flags"),
}};

const Registered<Conformance> kSearched{{
    .name = "spawn/searched",
    .question = "Does pidfd_spawnp search PATH for the program, as posix_spawnp does?",
    .without_pid_namespace = kBothPaths,
    .claims = {Must("exited", "the first folder lacks the program, the second has it", kManual)},
    .pidfd = {.needs = {"pidfd_spawn", "waitid/p_pidfd"}},
    .ask =
        [](Arena& arena, Path path) {
          SpawnPlan plan;
          const fs::path program = fs::absolute(plan.program);
          setenv("PATH", ("/nonexistent:" + program.parent_path().string()).c_str(), 1);
          plan.program = program.filename();
          plan.is_searched = true;
          return OfSpawned(arena, path, plan, EndOf);
        },
}};

const Registered<Conformance> kDirectory{{
    .name = "spawn/directory",
    .question = "Does a spawn change the directory before it looks for the program?",
    .without_pid_namespace = kBothPaths,
    .claims = {Must("exited", "the program's path is relative to the new directory",
                    "posix_spawn_file_actions_addchdir_np(3)")},
    .pidfd = {.needs = {"pidfd_spawn", "waitid/p_pidfd"}},
    .ask =
        [](Arena& arena, Path path) {
          SpawnPlan plan;
          // The file itself: an emulator knows the link by its whole path only.
          std::error_code unknown;
          fs::path program = fs::canonical(plan.program, unknown);
          if (unknown) program = fs::absolute(plan.program);
          plan.program = "./" + program.filename().string();
          Require(posix_spawn_file_actions_addchdir_np(&plan.actions,
                                                       program.parent_path().c_str()) == 0);
          return OfSpawned(arena, path, plan, EndOf);
        },
}};

const Registered<Conformance> kSession{{
    .name = "spawn/session",
    .question = "Does a program spawned with POSIX_SPAWN_SETSID lead a session of its own?",
    .without_pid_namespace = kBothPaths,
    .claims = {Must("own_session", "its session has its PID", "posix_spawn(3)")},
    .pidfd = {.needs = {"pidfd_spawn", "waitid/p_pidfd"}},
    .ask =
        [](Arena& arena, Path path) {
          SpawnPlan plan;
          Require(posix_spawnattr_setflags(&plan.attributes, POSIX_SPAWN_SETSID) == 0);
          return OfSpawned(arena, path, plan, [](const Spawned& spawned) -> Outcome {
            spawned.Open();
            // A zombie is in its session still.
            const Result<siginfo_t> ended = spawned.handle().Wait(WEXITED | WNOWAIT);
            if (!ended.ok()) return Outcome::Of(ended.error());
            return getsid(ended->si_pid) == ended->si_pid ? "own_session" : "another_session";
          });
        },
}};

const Registered<Conformance> kSignalMask{{
    .name = "spawn/signal_mask",
    .question = "Does a program spawned with POSIX_SPAWN_SETSIGMASK begin with that signal mask?",
    .without_pid_namespace = kBothPaths,
    .claims = {Must("exited", "the signal stays pending until the program has ended",
                    "posix_spawn(3)")},
    .pidfd = {.needs = {"pidfd_spawn", "pidfd_send_signal", "waitid/p_pidfd"}},
    .ask =
        [](Arena& arena, Path path) {
          SpawnPlan plan;
          sigset_t blocked;
          sigemptyset(&blocked);
          sigaddset(&blocked, SIGTERM);
          Require(posix_spawnattr_setsigmask(&plan.attributes, &blocked) == 0);
          Require(posix_spawnattr_setflags(&plan.attributes, POSIX_SPAWN_SETSIGMASK) == 0);
          return OfSpawned(arena, path, plan, [](const Spawned& spawned) -> Outcome {
            const sys::Status sent = spawned.handle().Signal(SIGTERM);
            return sent.ok() ? EndOf(spawned) : Outcome::Of(sent);
          });
        },
}};

// The program finds its gate where it was told to look only if all actions were taken.
const Registered<Conformance> kActions{{
    .name = "spawn/file_actions",
    .question = "Does a spawned program have the descriptors that file actions prepare for it?",
    .without_pid_namespace = kBothPaths,
    .claims = {Must("exited", "opened, copied and closed in this order before it begins",
                    "posix_spawn_file_actions_addopen(3)")},
    .pidfd = {.needs = {"pidfd_spawn", "waitid/p_pidfd"}},
    .ask = [](Arena& arena, Path path) -> Outcome {
      RequireExecutesItself(arena);
      constexpr int kOpened = 100, kGate = 101;
      int ends[2];
      Require(pipe2(ends, O_CLOEXEC) == 0);
      const Fd inner(ends[0]);
      const Fd outer(ends[1]);
      SpawnPlan plan;
      Require(posix_spawn_file_actions_addopen(&plan.actions, kOpened, "/", O_RDONLY, 0) == 0);
      Require(posix_spawn_file_actions_addclose(&plan.actions, kOpened) == 0);
      Require(posix_spawn_file_actions_adddup2(&plan.actions, inner.get(), kGate) == 0);
      Require(posix_spawn_file_actions_addclose(&plan.actions, inner.get()) == 0);
      int stored = -1;
      arena.CountHostPid();
      if (const int error = SpawnBy(path, plan, kGate, stored); error != 0)
        return Outcome::Of(error);
      const Handle handle = Handle::NeedsPidfdAtSpawn(path) ? Handle::From(0, Fd(stored), path)
                                                            : Handle::From(stored, Fd(), path);
      constexpr std::uint64_t kOne = 1;
      Require(write(outer.get(), &kOne, sizeof kOne) == sizeof kOne);
      const Result<siginfo_t> ended = handle.Wait();
      if (!ended.ok() || ended->si_code != CLD_EXITED) return Outcome::Of(ended);
      return ended->si_status == body::kGateStatus ? "exited" : "without_its_gate";
    },
}};

}  // namespace
}  // namespace pidproof::scenarios::conformance::spawn
