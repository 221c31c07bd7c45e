// CLONE_INTO_CGROUP with cgroups of our own: the child starts there, or the errno says why not.
#include <errno.h>
#include <fmt/format.h>
#include <sched.h>
#include <unistd.h>

#include <string>

#include "probes/system/require.h"
#include "probes/system/sys.h"
#include "scenarios/fixtures/cgroup.h"
#include "scenarios/handle.h"
#include "scenarios/scenario.h"
#include "scenarios/tested.h"

namespace pidproof::scenarios::conformance::create_into_cgroup {
namespace {

const std::vector<std::string_view> kNeeds = {"clone3/pidfd", "clone3/into_cgroup"};

// What clone3 made in that cgroup. A child waits to be killed, and runs this too.
struct Made {
  Result<pid_t> pid;
  Fd pidfd;

  // Ends and reaps the child.
  void End() const {
    Require(sys::Kill(*pid, SIGKILL));
    Require(sys::Waitid(P_PID, *pid, WEXITED));
  }
};

Made MakeIn(Path path, const Fd& cgroup) {
  int place = -1;
  abi::CloneArgs args{.flags = abi::kCloneIntoCgroup,
                      .exit_signal = SIGCHLD,
                      .cgroup = static_cast<std::uint64_t>(cgroup.get())};
  if (Handle::NeedsPidfdAtSpawn(path)) {
    args.flags |= abi::kClonePidfd;
    args.pidfd = reinterpret_cast<std::uint64_t>(&place);
  }
  const pid_t parent = getpid();
  const Result<pid_t> made = tested::Clone3(args, abi::kCloneArgsSize57);
  if (made.ok() && *made == 0) {
    sys::DieWithParent(parent);
    body::Lingers(-1);
  }
  return {made, Fd(made.ok() ? place : -1)};
}

// EACCES where the directory was handed over without the right to put processes there.
Outcome WordOf(const Made& made) {
  if (made.pid.error() == EACCES)
    throw Unsupported("the cgroup directory takes no processes of ours");
  if (!made.pid.ok()) return Outcome::Of(made.pid.error());
  made.End();
  return "made_child";
}

const Registered<Conformance> kStartsThere{{
    .name = "create/into_cgroup",
    .question = "Does a child of CLONE_INTO_CGROUP start in the cgroup that was chosen?",
    .without_pid_namespace = kBothPaths,
    .claims = {Must("starts_there", "it is listed there, and its parent is not",
                    "clone(2) CLONE_INTO_CGROUP")},
    .pidfd = {.needs = kNeeds},
    .legacy = {.needs = {"clone3/into_cgroup"}},
    .ask = [](Arena&, Path path) -> Outcome {
      const Cgroup cgroup(CgroupKind::kVersion2);
      const Made made = MakeIn(path, OpenCgroup(cgroup.path()));
      if (!made.pid.ok()) return WordOf(made);
      const std::string listed = cgroup.Read("cgroup.procs");
      made.End();
      return listed == fmt::format("{}\n", *made.pid) ? "starts_there" : "starts_elsewhere";
    },
}};

const Registered<Conformance> kRemoved{{
    .name = "create/into_removed_cgroup",
    .question = "What is the error of CLONE_INTO_CGROUP for a cgroup that has been removed?",
    .without_pid_namespace = kBothPaths,
    .claims = {Must("enoent", "the descriptor names a cgroup that is gone",
                    "kernel/cgroup/cgroup.c css_tryget_online_from_dir")},
    .pidfd = {.needs = kNeeds},
    .legacy = {.needs = {"clone3/into_cgroup"}},
    .ask = [](Arena&, Path path) -> Outcome {
      const Cgroup cgroup(CgroupKind::kVersion2);
      const Fd directory = OpenCgroup(cgroup.path());
      Require(rmdir(cgroup.path().c_str()) == 0);
      return WordOf(MakeIn(path, directory));
    },
}};

const Registered<Conformance> kInvalid{{
    .name = "create/into_invalid_cgroup",
    .question = "What is the error of CLONE_INTO_CGROUP for a cgroup of type \"domain invalid\"?",
    .without_pid_namespace = kBothPaths,
    .claims = {Must("eopnotsupp", "beside a threaded cgroup, one that is not can have no process",
                    "clone(2) ERRORS, cgroups(7) domain invalid")},
    .pidfd = {.needs = kNeeds},
    .legacy = {.needs = {"clone3/into_cgroup"}},
    .ask = [](Arena&, Path path) -> Outcome {
      const Cgroup cgroup(CgroupKind::kVersion2);
      cgroup.MakeBelow("threaded");
      const std::string invalid = cgroup.MakeBelow("invalid");
      if (cgroup.Write("threaded/cgroup.type", "threaded") != 0)
        throw Unsupported("no cgroup can be made threaded here");
      if (cgroup.Read("invalid/cgroup.type") != "domain invalid\n")
        throw Unsupported("the cgroup directory is threaded");
      return WordOf(MakeIn(path, OpenCgroup(invalid)));
    },
}};

// Makes it a cgroup whose children divide a resource of whole processes between them.
void Distribute(const Cgroup& cgroup) {
  for (const std::string_view controller : {"memory", "io", "hugetlb", "rdma", "misc"}) {
    if (cgroup.Write("cgroup.subtree_control", fmt::format("+{}", controller)) == 0) return;
  }
  throw Unsupported("no controller is delegated to the cgroup directory");
}

const Registered<Conformance> kBusy{{
    .name = "create/into_distributing_cgroup",
    .question = "What is the error of CLONE_INTO_CGROUP for a cgroup that distributes a resource?",
    .without_pid_namespace = kBothPaths,
    .claims = {Must("ebusy", "processes live in the leaves only",
                    "clone(2) ERRORS, cgroups(7) no internal processes")},
    .pidfd = {.needs = kNeeds},
    .legacy = {.needs = {"clone3/into_cgroup"}},
    .ask = [](Arena&, Path path) -> Outcome {
      const Cgroup cgroup(CgroupKind::kVersion2);
      Distribute(cgroup);
      return WordOf(MakeIn(path, OpenCgroup(cgroup.path())));
    },
}};

}  // namespace
}  // namespace pidproof::scenarios::conformance::create_into_cgroup
