// Spawns that fail: the errno, and what is left behind.
#include <errno.h>
#include <gnu/libc-version.h>
#include <sys/eventfd.h>

#include <initializer_list>

#include "probes/system/release.h"
#include "probes/system/require.h"
#include "scenarios/fixtures/alike.h"
#include "scenarios/fixtures/fd_table.h"
#include "scenarios/fixtures/spawned.h"
#include "scenarios/scenario.h"

namespace pidproof::scenarios::conformance::spawn_refused {
namespace {

constexpr std::string_view kSource =
    "posix_spawn(3); glibc sysdeps/unix/sysv/linux/spawni.c __spawnix";

constexpr int kUntouched = -7;
constexpr int kNoGate = -1;

// glibc BZ 31695, commit c90cfce849d0, which the branch of 2.39 may have too.
constexpr Release kDescriptorClosed{2, 40};

// The errno of a spawn that fails, if it leaves nothing behind.
Outcome Traceless(Path path, const SpawnPlan& plan) {
  const FdLeakCheck descriptors;
  int stored = kUntouched;
  const int error = SpawnBy(path, plan, kNoGate, stored);
  const Result<siginfo_t> child = sys::Waitid(P_ALL, 0, WEXITED | static_cast<int>(__WALL));
  if (error == 0) {
    constexpr int kNotExecuted = 127;
    return child.ok() && child->si_status == kNotExecuted ? "exits_127" : "spawned";
  }
  if (child.ok()) return "left_child";
  if (stored != kUntouched) return "stored_something";
  if (descriptors.Holds()) return Outcome::Of(error);
  return Release::Parse(gnu_get_libc_version()) < kDescriptorClosed ? "left_descriptor_2_39"
                                                                    : "left_descriptor";
}

// The sides of a spawn that fails after the child is made.
Side PidfdSide(std::string_view error, std::string_view reason) {
  return {.needs = {"pidfd_spawn"},
          .claims = {May(error, reason, kSource),
                     Hazard("left_descriptor_2_39",
                            "glibc 2.39 does not close the pidfd of a child that it has reaped",
                            "glibc BZ 31695, fixed in 2.40")}};
}
Side PidSide(std::string_view error, std::string_view reason) {
  return {.claims = {May(error, reason, kSource),
                     May("exits_127",
                         "the child's status may report the failure, as where vfork copies memory "
                         "(qemu-user)",
                         "posix_spawn(3)")}};
}

constexpr std::string_view kReaped = "the child is reaped, and neither pidfd nor PID is stored";

const Registered<Conformance> kNoProgram{{
    .name = "spawn/no_program",
    .question = "What does a spawn leave behind if the program does not exist?",
    .without_pid_namespace = kBothPaths,
    .pidfd = PidfdSide("enoent", kReaped),
    .legacy = PidSide("enoent", kReaped),
    .ask =
        [](Arena& arena, Path path) {
          SpawnPlan plan;
          plan.program = "/nonexistent/program";
          arena.CountHostPid();
          return Traceless(path, plan);
        },
}};

const Registered<Conformance> kNotExecutable{{
    .name = "spawn/not_executable",
    .question = "What does a spawn leave behind if the program may not be executed?",
    .without_pid_namespace = kBothPaths,
    .pidfd = PidfdSide("eacces", kReaped),
    .legacy = PidSide("eacces", kReaped),
    .ask =
        [](Arena& arena, Path path) {
          SpawnPlan plan;
          plan.program = "/";
          arena.CountHostPid();
          return Traceless(path, plan);
        },
}};

const Registered<Conformance> kBadAction{{
    .name = "spawn/bad_action",
    .question = "What does a spawn leave behind if a file action fails?",
    .without_pid_namespace = kBothPaths,
    .pidfd = PidfdSide("ebadf", kReaped),
    .legacy = PidSide("ebadf", kReaped),
    .ask =
        [](Arena& arena, Path path) {
          SpawnPlan plan;
          const int closed = LowestFree();
          Require(posix_spawn_file_actions_adddup2(&plan.actions, closed, closed + 1) == 0);
          arena.CountHostPid();
          return Traceless(path, plan);
        },
}};

constexpr std::string_view kNoCgroup = "the descriptor is not that of a cgroup: no child is made";

const Registered<Conformance> kNotACgroup{{
    .name = "spawn/not_a_cgroup",
    .question = "Is a spawn refused if POSIX_SPAWN_SETCGROUP names something other than a cgroup?",
    .without_pid_namespace = kBothPaths,
    .claims = {Must("ebadf", kNoCgroup,
                    "glibc 2.39 posix_spawnattr_setcgroup_np; kernel/cgroup/cgroup.c "
                    "cgroup_v1v2_get_from_file")},
    .pidfd = {.needs = {"pidfd_spawn", "clone3/into_cgroup"}},
    .legacy = {.needs = {"pidfd_spawn", "clone3/into_cgroup"}},
    .ask =
        [](Arena& arena, Path path) {
          const Fd event(eventfd(0, EFD_CLOEXEC));
          Require(static_cast<bool>(event));
          return SameForEach({event.get(), LowestFree()}, [&](int descriptor) {
            SpawnPlan plan;
            Require(FindLibcSpawn().set_cgroup(&plan.attributes, descriptor) == 0);
            Require(posix_spawnattr_setflags(&plan.attributes, kSpawnSetCgroup) == 0);
            arena.CountHostPid();
            return Traceless(path, plan);
          });
        },
}};

const Registered<Conformance> kFullTable{{
    .name = "spawn/full_table",
    .question = "Can a program be spawned when no descriptor is free?",
    .without_pid_namespace = kBothPaths,
    .pidfd = {.needs = {"pidfd_spawn"},
              .claims = {Must("emfile", "a pidfd needs a free descriptor: no child is made",
                              "clone(2) CLONE_PIDFD, getrlimit(2) RLIMIT_NOFILE")}},
    .legacy = PidSide("enoent", "a PID needs none: the child looks for the program"),
    .ask =
        [](Arena& arena, Path path) {
          SpawnPlan plan;
          plan.program = "/nonexistent/program";
          const FullFdTable full;
          arena.CountHostPid();
          return Traceless(path, plan);
        },
}};

}  // namespace
}  // namespace pidproof::scenarios::conformance::spawn_refused
