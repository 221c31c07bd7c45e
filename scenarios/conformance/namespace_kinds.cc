// setns to a namespace of every kind: by pidfd, by the descriptors that a pidfd gives, by the files
// in /proc. The caller is really moved, and what it is in afterwards is compared.
#include <fcntl.h>
#include <sched.h>
#include <sys/stat.h>
#include <unistd.h>

#include <utility>

#include "probes/system/abi.h"
#include "probes/system/require.h"
#include "probes/system/sys.h"
#include "scenarios/fixtures/proc.h"
#include "scenarios/fixtures/proc_directory.h"
#include "scenarios/scenario.h"
#include "scenarios/tested.h"

namespace pidproof::scenarios::conformance::namespace_kinds {
namespace {

const std::vector<std::string_view> kNeeds = {"clone3/pidfd", "setns/pidfd"};

struct Kind {
  int flag;
  unsigned request;   // PIDFD_GET_*_NAMESPACE
  const char* file;   // in /proc/PID
  const char* moves;  // the caller's own file that changes
};
// The user namespace comes first: the others belong to it.
constexpr Kind kKinds[] = {
    {CLONE_NEWUSER, abi::kGetUserNamespace, "ns/user", "ns/user"},
    {CLONE_NEWNS, abi::kGetMntNamespace, "ns/mnt", "ns/mnt"},
    {CLONE_NEWPID, abi::kGetPidNamespace, "ns/pid", "ns/pid_for_children"},
    {CLONE_NEWUTS, abi::kGetUtsNamespace, "ns/uts", "ns/uts"},
    {CLONE_NEWIPC, abi::kGetIpcNamespace, "ns/ipc", "ns/ipc"},
    {CLONE_NEWNET, abi::kGetNetNamespace, "ns/net", "ns/net"},
    {CLONE_NEWCGROUP, abi::kGetCgroupNamespace, "ns/cgroup", "ns/cgroup"},
    {abi::kCloneNewtime, abi::kGetTimeNamespace, "ns/time", "ns/time"},
};

using Inode = std::pair<dev_t, ino_t>;

Inode InodeOf(const Fd& directory, const char* file) {
  struct stat status {};
  if (fstatat(directory.get(), file, &status, 0) != 0)
    throw Unsupported("the files of namespaces in /proc cannot be looked up here");
  return {status.st_dev, status.st_ino};
}

// The namespaces of this process, of those kinds that the kernel has.
class Own {
 public:
  Own() : directory_(open("/proc/self", O_DIRECTORY | O_CLOEXEC)) {
    if (!directory_) throw Unsupported("no /proc is available");
    for (const Kind& kind : kKinds) {
      if (faccessat(directory_.get(), kind.file, F_OK, AT_SYMLINK_NOFOLLOW) != 0) continue;
      kinds_.push_back(kind);
      flags_ |= kind.flag;
    }
  }
  const std::vector<Kind>& kinds() const { return kinds_; }
  int flags() const { return flags_; }
  // The namespace that is joined when a process joins one of that kind, as it is now.
  Inode Joined(const Kind& kind) const { return InodeOf(directory_, kind.moves); }

 private:
  Fd directory_;
  std::vector<Kind> kinds_;
  int flags_ = 0;
};

// A child in a new namespace of each kind.
ChildWithProcDir SpawnAway(Arena& arena, const Own& own) {
  return SpawnShown(
      arena, {.how = SpawnOptions::kClone3, .flags = static_cast<std::uint64_t>(own.flags())});
}

// What setns takes to join a namespace of the child.
using Name = Fd (*)(const ChildWithProcDir& away, const Kind& kind);

Fd ByPidfd(const ChildWithProcDir& away, const Kind&) {
  return Require(tested::PidfdOpen(away.child.pid(), 0));
}

Fd ByRequest(const ChildWithProcDir& away, const Kind& kind) {
  const Fd pidfd = Require(tested::PidfdOpen(away.child.pid(), 0));
  return Fd(Require(tested::Ioctl(pidfd.get(), kind.request, 0)));
}

Fd ByFile(const ChildWithProcDir& away, const Kind& kind) {
  Fd file(openat(away.directory.get(), kind.file, O_RDONLY | O_CLOEXEC));
  if (!file) throw Unsupported("the files of the child's namespaces cannot be opened");
  return file;
}

using Setns = sys::Status (*)(int file, int flags);

// Whether this process is in the child's namespace once it has joined it, for each kind in turn.
template <Name kName, Setns kSetns>
Outcome JoinEach(Arena& arena) {
  const Own own;
  const ChildWithProcDir away = SpawnAway(arena, own);
  std::vector<Fd> names;
  for (const Kind& kind : own.kinds()) names.push_back(kName(away, kind));
  for (std::size_t i = 0; i < names.size(); ++i) {
    const Kind& kind = own.kinds()[i];
    const Inode there = InodeOf(away.directory, kind.file);
    Require(own.Joined(kind) != there);
    const sys::Status joined = kSetns(names[i].get(), kind.flag);
    if (!joined.ok()) return Outcome::Of(joined);
    if (own.Joined(kind) != there) return "stayed";
  }
  return "joined";
}

const Registered<Conformance> kEach{{
    .name = "namespace/join_each_kind",
    .question = "Can a process join each namespace of another, of every kind, one after the other?",
    .without_pid_namespace = kBothPaths,
    .claims = {Must("joined", "each call moves the caller, or for PIDs its later children",
                    "setns(2), namespaces(7)")},
    .pidfd = {.needs = {"clone3/pidfd", "pidfd_open", "setns/pidfd"},
              .ask = JoinEach<ByPidfd, tested::Setns>},
    .legacy = {.needs = kNeeds, .ask = JoinEach<ByFile, proc::Join>},
}};

const Registered<Conformance> kByRequest{{
    .name = "namespace/join_by_request",
    .question = "Can namespaces be joined by the descriptors that PIDFD_GET_*_NAMESPACE gives?",
    .without_pid_namespace = kBothPaths,
    .pidfd = {.needs = {"clone3/pidfd", "pidfd_open", "setns/pidfd", "ioctl/uts_namespace"},
              .claims = {Must("joined", "they are the same as the files in /proc",
                              "Linux 6.11 fs/pidfs.c pidfd_ioctl")},
              .ask = JoinEach<ByRequest, proc::Join>},
    .legacy = NotPossible("the files in /proc are what these descriptors replace"),
}};

const Registered<Conformance> kAll{{
    .name = "namespace/join_all_kinds",
    .question = "Can a process join the namespaces of another, of every kind, by one call?",
    .without_pid_namespace = kBothPaths,
    .pidfd = {.needs = {"clone3/pidfd", "pidfd_open", "setns/pidfd"},
              .claims = {Must("joined", "the flags select any number of kinds", "setns(2)")},
              .ask = [](Arena& arena) -> Outcome {
                const Own own;
                const ChildWithProcDir away = SpawnAway(arena, own);
                const Fd pidfd = Require(tested::PidfdOpen(away.child.pid(), 0));
                std::vector<Inode> there;
                for (const Kind& kind : own.kinds())
                  there.push_back(InodeOf(away.directory, kind.file));
                const sys::Status joined = tested::Setns(pidfd.get(), own.flags());
                if (!joined.ok()) return Outcome::Of(joined);
                for (std::size_t i = 0; i < there.size(); ++i) {
                  if (own.Joined(own.kinds()[i]) != there[i]) return "stayed";
                }
                return "joined";
              }},
    .legacy = NotPossible("a namespace file refers to one namespace"),
}};

// Moves this process into the namespaces of one child, and asks for those of another, which belong
// to another user namespace.
template <Name kName, Setns kSetns>
Outcome JoinForeign(Arena& arena) {
  const Own own;
  const ChildWithProcDir first = SpawnAway(arena, own);
  const ChildWithProcDir second = SpawnAway(arena, own);
  std::vector<Fd> names;
  for (const Kind& kind : own.kinds()) names.push_back(kName(second, kind));
  for (const Kind& kind : own.kinds()) {
    if (!proc::Join(ByFile(first, kind).get(), kind.flag).ok())
      throw Unsupported("the namespaces of a child cannot be joined here");
  }
  for (std::size_t i = 0; i < names.size(); ++i) {
    const Kind& kind = own.kinds()[i];
    const Inode before = own.Joined(kind);
    const Outcome refused = Outcome::Of(kSetns(names[i].get(), kind.flag));
    if (refused != Outcome("eperm")) return refused;
    if (own.Joined(kind) != before) return "eperm_and_moved";
  }
  return "eperm_and_stayed";
}

const Registered<Conformance> kForeign{{
    .name = "namespace/join_foreign",
    .question =
        "Can a process join namespaces that belong to a user namespace beside the caller's?",
    .without_pid_namespace = kBothPaths,
    .claims = {Must("eperm_and_stayed", "it has no capability in a user namespace beside its own",
                    "setns(2), user_namespaces(7)")},
    .pidfd = {.needs = {"clone3/pidfd", "pidfd_open", "setns/pidfd"},
              .ask = JoinForeign<ByPidfd, tested::Setns>},
    .legacy = {.needs = kNeeds, .ask = JoinForeign<ByFile, proc::Join>},
}};

}  // namespace
}  // namespace pidproof::scenarios::conformance::namespace_kinds
