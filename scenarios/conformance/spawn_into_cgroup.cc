// Programs that are spawned into a cgroup (POSIX_SPAWN_SETCGROUP, glibc 2.39).
#include <errno.h>
#include <fmt/format.h>
#include <spawn.h>
#include <unistd.h>

#include <string>
#include <string_view>
#include <vector>

#include "probes/system/libc_spawn.h"
#include "probes/system/require.h"
#include "scenarios/fixtures/cgroup.h"
#include "scenarios/fixtures/fd_table.h"
#include "scenarios/fixtures/spawned.h"
#include "scenarios/scenario.h"

namespace pidproof::scenarios::conformance::spawn_into_cgroup {
namespace {

const std::vector<std::string_view> kNeeds = {"pidfd_spawn", "clone3/into_cgroup"};
constexpr std::string_view kSource = "glibc 2.39 posix_spawnattr_setcgroup_np; cgroups(7)";

void Choose(SpawnPlan& plan, const Fd& cgroup) {
  Require(FindLibcSpawn().set_cgroup(&plan.attributes, cgroup.get()) == 0);
  Require(posix_spawnattr_setflags(&plan.attributes, kSpawnSetCgroup) == 0);
}

// EACCES where the directory was handed over without the right to put processes there.
Outcome WordOf(int error) {
  if (error == EACCES) throw Unsupported("the cgroup directory takes no processes of ours");
  return Outcome::Of(error);
}

const Registered<Conformance> kStartsThere{{
    .name = "spawn/into_cgroup",
    .question = "Does a program that is spawned into a cgroup run there?",
    .without_pid_namespace = kBothPaths,
    .claims = {Must("starts_there", "it is listed there, and its parent is not", kSource)},
    .pidfd = {.needs = kNeeds},
    .legacy = {.needs = kNeeds},
    .ask = [](Arena& arena, Path path) -> Outcome {
      RequireExecutesItself(arena);
      const Cgroup cgroup(CgroupKind::kVersion2);
      SpawnPlan plan;
      Choose(plan, OpenCgroup(cgroup.path()));
      const Result<Spawned> spawned = Spawned::Make(arena, path, plan);
      if (!spawned.ok()) return WordOf(spawned.error());
      const std::string listed = cgroup.Read("cgroup.procs");
      spawned->Open();
      const siginfo_t ended = Require(spawned->handle().Wait(WEXITED | WNOWAIT));
      return listed == fmt::format("{}\n", ended.si_pid) ? "starts_there" : "starts_elsewhere";
    },
}};

const Registered<Conformance> kRemoved{{
    .name = "spawn/into_removed_cgroup",
    .question = "What does a spawn into a cgroup that has been removed leave behind?",
    .without_pid_namespace = kBothPaths,
    .claims = {Must("enoent", "no child is made, and neither pidfd nor PID is stored", kSource)},
    .pidfd = {.needs = kNeeds},
    .legacy = {.needs = kNeeds},
    .ask = [](Arena& arena, Path path) -> Outcome {
      const Cgroup cgroup(CgroupKind::kVersion2);
      const Fd directory = OpenCgroup(cgroup.path());
      Require(rmdir(cgroup.path().c_str()) == 0);
      SpawnPlan plan;
      Choose(plan, directory);
      const FdLeakCheck descriptors;
      constexpr int kUntouched = -7;
      int stored = kUntouched;
      arena.CountHostPid();
      const int error = SpawnBy(path, plan, -1, stored);
      if (error == 0) return "spawned";
      if (stored != kUntouched) return "stored_something";
      return descriptors.Holds() ? WordOf(error) : Outcome("left_descriptor");
    },
}};

}  // namespace
}  // namespace pidproof::scenarios::conformance::spawn_into_cgroup
