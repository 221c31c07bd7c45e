// clone3 with CLONE_EMPTY_MNTNS (7.1): the child starts in a mount namespace that holds an empty
// root and nothing else.
#include <dirent.h>
#include <errno.h>
#include <sched.h>
#include <unistd.h>

#include <memory>
#include <string_view>

#include "probes/system/require.h"
#include "probes/system/sys.h"
#include "scenarios/scenario.h"
#include "scenarios/tested.h"

namespace pidproof::scenarios::conformance::create_empty_mounts {
namespace {

constexpr char kNoFlag[] = "a PID has no such flag: clone3 alone takes it";
constexpr char kSource[] = "Linux 7.1 kernel/fork.c copy_process, fs/namespace.c copy_mnt_ns";

// How many files this process's root holds, or -1.
int FilesInRoot() {
  const std::unique_ptr<DIR, int (*)(DIR*)> root(opendir("/"), closedir);
  if (root == nullptr) return -1;
  int count = 0;
  while (const dirent* const entry = readdir(root.get())) {
    const std::string_view name = entry->d_name;
    if (name != "." && name != "..") ++count;
  }
  return count;
}

const Registered<Conformance> kJoined{{
    .name = "create/empty_mount_namespace",
    .question = "Can the empty mount namespace of a child be joined by its pidfd?",
    .without_pid_namespace = kPidfdOnly,
    .pidfd = {.needs = {"clone3/empty_mntns", "setns/pidfd"},
              .claims = {Must("empty", "the caller's root is then the child's, which holds nothing",
                              kSource)},
              .ask = [](Arena& arena) -> Outcome {
                if (FilesInRoot() < 1) throw Unsupported("the trial's own root is empty already");
                Child child = arena.Spawn(
                    body::Lingers, {.how = SpawnOptions::kClone3, .flags = abi::kCloneEmptyMntns});
                const sys::Status joined = tested::Setns(child.pidfd().get(), CLONE_NEWNS);
                if (!joined.ok()) return Outcome::Of(joined);
                return FilesInRoot() == 0 ? "empty" : "not_empty";
              }},
    .legacy = NotPossible(kNoFlag),
}};

const Registered<Conformance> kShared{{
    .name = "create/empty_mount_namespace_shared",
    .question = "Can a child in an empty mount namespace share its parent's root (CLONE_FS)?",
    .without_pid_namespace = kPidfdOnly,
    .pidfd = {.needs = {"clone3/empty_mntns"},
              .claims = {Must("einval", "a root belongs to one mount namespace", kSource)},
              .ask = [](Arena&) -> Outcome {
                int place = -1;
                const abi::CloneArgs args{
                    .flags = abi::kCloneEmptyMntns | abi::kClonePidfd | CLONE_FS,
                    .pidfd = reinterpret_cast<std::uint64_t>(&place),
                    .exit_signal = SIGCHLD};
                const Result<pid_t> made = tested::Clone3(args, abi::kCloneArgsSize53);
                if (!made.ok()) return Outcome::Of(made.error());
                if (*made == 0) _exit(0);
                const Fd pidfd(place);
                Require(sys::Waitid(P_PID, *made, WEXITED));
                return "made";
              }},
    .legacy = NotPossible(kNoFlag),
}};

}  // namespace
}  // namespace pidproof::scenarios::conformance::create_empty_mounts
