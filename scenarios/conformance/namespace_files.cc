// PIDFD_GET_*_NAMESPACE: the namespaces of a process as descriptors, beside the files in /proc.
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <sys/stat.h>
#include <unistd.h>

#include "probes/system/require.h"
#include "probes/system/sys.h"
#include "scenarios/fixtures/alike.h"
#include "scenarios/fixtures/call_in_child.h"
#include "scenarios/fixtures/proc_directory.h"
#include "scenarios/fixtures/process_state.h"
#include "scenarios/scenario.h"
#include "scenarios/tested.h"

namespace pidproof::scenarios::conformance::namespace_files {
namespace {

constexpr unsigned kIpc = abi::kGetIpcNamespace;
constexpr unsigned kUts = abi::kGetUtsNamespace;
constexpr char kNoRequest[] = "a file of /proc is opened without an argument";

// The namespace that the ioctl gives, or the errno.
Result<Fd> Get(int pidfd, unsigned request) {
  const sys::Status got = tested::Ioctl(pidfd, request, 0);
  return got.ok() ? Result<Fd>(Fd(*got)) : Result<Fd>::Errno(got.error());
}

Result<Fd> OpenFile(const Fd& directory, const char* path) {
  Fd file(openat(directory.get(), path, O_RDONLY | O_CLOEXEC));
  return file ? Result<Fd>(std::move(file)) : Result<Fd>::Errno(errno);
}

bool AreSame(const Fd& one, const Fd& other) {
  struct stat first {};
  struct stat second {};
  Require(fstat(one.get(), &first) == 0 && fstat(other.get(), &second) == 0);
  return first.st_dev == second.st_dev && first.st_ino == second.st_ino;
}

struct Kind {
  unsigned request;
  const char* file;
};
constexpr std::initializer_list<Kind> kKinds = {
    {abi::kGetCgroupNamespace, "ns/cgroup"},
    {kIpc, "ns/ipc"},
    {abi::kGetMntNamespace, "ns/mnt"},
    {abi::kGetNetNamespace, "ns/net"},
    {abi::kGetPidNamespace, "ns/pid"},
    {abi::kGetPidForChildrenNamespace, "ns/pid_for_children"},
    {abi::kGetTimeNamespace, "ns/time"},
    {abi::kGetTimeForChildrenNamespace, "ns/time_for_children"},
    {abi::kGetUserNamespace, "ns/user"},
    {kUts, "ns/uts"}};

const Registered<Conformance> kSame{{
    .name = "namespace/same_as_in_proc",
    .question = "Do a pidfd and /proc give the same namespace, for every kind?",
    .without_pid_namespace = kPidfdOnly,
    .pidfd = {.needs = {"pidfd_open", "ioctl/uts_namespace"},
              .claims = {Must("same", "each namespace has one inode",
                              "Linux 6.11 fs/pidfs.c pidfd_ioctl, namespaces(7)")},
              .ask = [](Arena& arena) -> Outcome {
                const ChildWithProcDir shown = SpawnShown(arena);
                const Fd pidfd = Require(tested::PidfdOpen(shown.child.pid(), 0));
                return SameForEach(kKinds, [&](const Kind& kind) -> Outcome {
                  const Result<Fd> file = OpenFile(shown.directory, kind.file);
                  const Result<Fd> got = Get(pidfd.get(), kind.request);
                  // A namespace type that is not built in has no file either.
                  if (file.error() == ENOENT && got.error() == EOPNOTSUPP) return "same";
                  if (!got.ok()) return Outcome::Of(got.error());
                  Require(file.ok());
                  return AreSame(*file, *got) ? "same" : "another";
                });
              }},
    .legacy = NotPossible("the files in /proc are the reference"),
}};

// Whether a child in namespaces of its own is distinguished from its parent.
const Registered<Conformance> kOther{{
    .name = "namespace/other_than_own",
    .question = "Can it be determined that a child is in another namespace than its parent?",
    .without_pid_namespace = kBothPaths,
    .pidfd = {.needs = {"pidfd_open", "ioctl/uts_namespace"},
              .claims = {Must("another", "the descriptor refers to the child's namespace",
                              "Linux 6.11 fs/pidfs.c pidfd_ioctl")},
              .ask = [](Arena& arena) -> Outcome {
                const Child child = arena.Spawn(body::Lingers, {.flags = CLONE_NEWUTS});
                const Fd own = Require(tested::PidfdOpen(getpid(), 0));
                const Fd pidfd = Require(tested::PidfdOpen(child.pid(), 0));
                const Result<Fd> got = Get(pidfd.get(), kUts);
                if (!got.ok()) return Outcome::Of(got.error());
                return AreSame(*got, Require(Get(own.get(), kUts))) ? "same" : "another";
              }},
    .legacy = {.claims = {Must("another", "the file refers to the child's namespace",
                               "namespaces(7)")},
               .ask = [](Arena& arena) -> Outcome {
                 const ChildWithProcDir shown = SpawnShown(arena, {.flags = CLONE_NEWUTS});
                 const Fd own(open("/proc/self", O_DIRECTORY | O_CLOEXEC));
                 const Result<Fd> file = OpenFile(shown.directory, "ns/uts");
                 if (!file.ok()) return Outcome::Of(file.error());
                 return AreSame(*file, Require(OpenFile(own, "ns/uts"))) ? "same" : "another";
               }},
}};

const Registered<Conformance> kCloseOnExec{{
    .name = "namespace/file_close_on_exec",
    .question = "Is a namespace descriptor from a pidfd ioctl close-on-exec?",
    .without_pid_namespace = kPidfdOnly,
    .pidfd = {.needs = {"pidfd_open", "ioctl/uts_namespace"},
              .claims = {Must("closed", "the descriptor is opened close-on-exec",
                              "fs/nsfs.c open_namespace")},
              .ask = [](Arena&) -> Outcome {
                const Fd own = Require(tested::PidfdOpen(getpid(), 0));
                const Result<Fd> got = Get(own.get(), kUts);
                if (!got.ok()) return Outcome::Of(got.error());
                return (fcntl(got->get(), F_GETFD) & FD_CLOEXEC) != 0 ? "closed" : "inherited";
              }},
    .legacy = NotPossible("open(2) sets O_CLOEXEC on request"),
}};

template <ProcessState kState, int kArgument>
Outcome Ask(Arena& arena) {
  return In(kState, arena, [](int pidfd) {
    const sys::Status got = tested::Ioctl(pidfd, kUts, kArgument);
    const Fd given(got.ok() ? *got : -1);
    return Outcome::Of(got.error());
  });
}

template <ProcessState kState>
Outcome AskProc(Arena& arena) {
  ChildWithProcDir shown = SpawnShown(arena);
  DriveTo(shown.child, kState);
  return Outcome::Of(OpenFile(shown.directory, "ns/uts").error());
}

const Registered<Conformance> kZombie{{
    .name = "namespace/file_of_zombie",
    .question = "Can the namespace of a zombie be opened?",
    .without_pid_namespace = kBothPaths,
    .pidfd = {.needs = {"pidfd_open", "ioctl/uts_namespace"},
              .claims = {Must("esrch", "a zombie has left its namespaces",
                              "fs/pidfs.c pidfd_ioctl")},
              .ask = Ask<ProcessState::kZombie, 0>},
    .legacy = {.claims = {Must("enoent", "its namespace files are empty links",
                               "fs/proc/namespaces.c proc_ns_get_link")},
               .ask = AskProc<ProcessState::kZombie>},
}};

const Registered<Conformance> kDead{{
    .name = "namespace/file_of_dead",
    .question = "What is the error of opening the namespace of a reaped process?",
    .without_pid_namespace = kPidfdOnly,
    .claims = {Must("esrch", "the process is gone",
                    "fs/pidfs.c pidfd_ioctl, fs/proc/base.c proc_pid_permission")},
    .pidfd = {.needs = {"pidfd_open", "ioctl/uts_namespace"}, .ask = Ask<ProcessState::kDead, 0>},
    .legacy = {.ask = AskProc<ProcessState::kDead>},
}};

const Registered<Conformance> kArgument{{
    .name = "namespace/file_with_argument",
    .question = "Does the ioctl for a pidfd's namespace accept an argument?",
    .without_pid_namespace = kPidfdOnly,
    .pidfd = {.needs = {"pidfd_open", "ioctl/uts_namespace"},
              .claims = {Must("einval", "the argument must be 0", "fs/pidfs.c pidfd_ioctl")},
              .ask = Ask<ProcessState::kAlive, 1>},
    .legacy = NotPossible(kNoRequest),
}};

const Registered<Conformance> kArgumentDead{{
    .name = "namespace/file_with_argument_of_dead",
    .question =
        "Does the ioctl for a pidfd's namespace look up the process before it checks the argument?",
    .without_pid_namespace = kPidfdOnly,
    .pidfd = {.needs = {"pidfd_open", "ioctl/uts_namespace"},
              .claims = {Must("esrch", "the process is looked up before the argument is checked",
                              "fs/pidfs.c pidfd_ioctl")
                             .Since(eras::kProcessBeforeArgument),
                         May("einval", "the argument was checked first",
                             "Linux 6.11 fs/pidfs.c pidfd_ioctl")
                             .Until(eras::kProcessBeforeArgument)},
              .ask = Ask<ProcessState::kDead, 1>},
    .legacy = NotPossible(kNoRequest),
}};

const Registered<Conformance> kStranger{{
    .name = "namespace/file_by_another_user",
    .question = "Can another user open the namespaces of a process?",
    .without_pid_namespace = kBothPaths,
    .pidfd = {.needs = {"pidfd_open", "ioctl/ipc_namespace"},
              .claims = {Must("eacces", "it requires ptrace(2) read access",
                              "fs/pidfs.c pidfd_ioctl")},
              .ask = [](Arena& arena) -> Outcome {
                const Child child = arena.Spawn(body::Lingers);
                const Fd pidfd = Require(tested::PidfdOpen(child.pid(), 0));
                return CallUnprivileged(arena, [&] { return Get(pidfd.get(), kIpc).error(); });
              }},
    .legacy = {.claims = {Must("eacces", "it requires ptrace(2) read access", "namespaces(7)")},
               .ask = [](Arena& arena) -> Outcome {
                 const ChildWithProcDir shown = SpawnShown(arena);
                 return CallUnprivileged(
                     arena, [&] { return OpenFile(shown.directory, "ns/ipc").error(); });
               }},
}};

// What the child inherits and asks about.
int inherited = -1;

const Registered<Conformance> kOutside{{
    .name = "namespace/file_of_outside",
    .question = "Can the namespaces of a process outside the caller's PID namespace be opened?",
    .without_pid_namespace = kPidfdOnly,
    .pidfd = {.needs = {"pidfd_open", "ioctl/ipc_namespace"},
              .claims = {Must("ok", "ptrace access counts, not the PID namespace",
                              "fs/pidfs.c pidfd_ioctl")},
              .ask = [](Arena& arena) -> Outcome {
                const Child child = arena.Spawn(body::Lingers);
                const Fd pidfd = Require(tested::PidfdOpen(child.pid(), 0));
                inherited = pidfd.get();
                return CallInChild(arena, [](int) { return Get(inherited, kIpc).error(); },
                                   "the child could not make the call", {.flags = CLONE_NEWPID});
              }},
    .legacy = NotPossible("a process outside has no PID in this namespace"),
}};

}  // namespace
}  // namespace pidproof::scenarios::conformance::namespace_files
