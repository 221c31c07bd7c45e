// setns with a pidfd: joining namespaces of a process, several at once.
#include <errno.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <linux/capability.h>
#include <sched.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <string_view>

#include "probes/system/errno_name.h"
#include "probes/system/require.h"
#include "probes/system/sys.h"
#include "probes/system/unshare.h"
#include "scenarios/fixtures/alike.h"
#include "scenarios/fixtures/proc.h"
#include "scenarios/fixtures/proc_directory.h"
#include "scenarios/fixtures/process_state.h"
#include "scenarios/scenario.h"
#include "scenarios/tested.h"

namespace pidproof::scenarios::conformance::namespace_setns {
namespace {

const std::vector<std::string_view> kNeeds = {"pidfd_open", "setns/pidfd"};
constexpr char kTakesNone[] = "a namespace file refers to one namespace and needs no flags";

// The file of a namespace, which setns takes where there is no pidfd.
Fd OwnFile(const char* name) {
  const Fd directory(open("/proc/self/ns", O_PATH | O_DIRECTORY | O_CLOEXEC));
  if (!directory) throw Unsupported("no /proc with namespace files is available");
  return Fd(openat(directory.get(), name, O_RDONLY | O_CLOEXEC));
}

Fd FileOf(const ChildWithProcDir& shown, const char* path) {
  return Fd(openat(shown.directory.get(), path, O_RDONLY | O_CLOEXEC));
}

Fd OwnPidfd() { return Require(tested::PidfdOpen(getpid(), 0)); }

Outcome Join(const Fd& pidfd, int flags) { return Outcome::Of(tested::Setns(pidfd.get(), flags)); }

Outcome JoinFile(const Fd& file, int flags) { return Outcome::Of(proc::Join(file.get(), flags)); }

struct Kind {
  int flag;
  const char* file;
};
constexpr std::initializer_list<Kind> kHarmless = {{CLONE_NEWUTS, "uts"},
                                                   {CLONE_NEWIPC, "ipc"},
                                                   {CLONE_NEWNET, "net"},
                                                   {CLONE_NEWCGROUP, "cgroup"}};

const Registered<Conformance> kOwn{{
    .name = "namespace/join_own",
    .question = "Can a process join the namespaces that it is in already?",
    .without_pid_namespace = kBothPaths,
    .claims = {Must("ok", "nothing changes", "setns(2)")},
    .pidfd = {.needs = kNeeds,
              .ask = [](Arena&) -> Outcome {
                const Fd self = OwnPidfd();
                return SameForEach(kHarmless, [&](const Kind& kind) -> Outcome {
                  return OwnFile(kind.file) ? Join(self, kind.flag)
                                            : "ok";  // otherwise there is none to join
                });
              }},
    .legacy = {.needs = {"setns/pidfd"},
               .ask = [](Arena&) -> Outcome {
                 return SameForEach(kHarmless, [&](const Kind& kind) -> Outcome {
                   const Fd file = OwnFile(kind.file);
                   return file ? JoinFile(file, kind.flag) : "ok";
                 });
               }},
}};

const Registered<Conformance> kNoFlags{{
    .name = "namespace/join_without_flags",
    .question = "Does setns accept flags of 0?",
    .without_pid_namespace = kBothPaths,
    .pidfd = {.needs = kNeeds,
              .claims = {Must("einval",
                              "a process has a namespace of each kind, so flags must select some",
                              "setns(2)")},
              .ask = [](Arena&) -> Outcome { return Join(OwnPidfd(), 0); }},
    .legacy = {.needs = {"setns/pidfd"},
               .claims = {Must("ok", "a namespace file identifies its own kind", "setns(2)")},
               .ask = [](Arena&) -> Outcome { return JoinFile(OwnFile("uts"), 0); }},
}};

const Registered<Conformance> kUnknownFlags{{
    .name = "namespace/join_unknown_flag",
    .question = "What is the error of setns for a flag that selects no namespace?",
    .without_pid_namespace = kBothPaths,
    .claims = {Must("einval", "only flags that select namespaces are valid", "setns(2)")},
    .pidfd = {.needs = kNeeds,
              .ask = [](Arena&) -> Outcome {
                const Fd self = OwnPidfd();
                return SameForEach({-1, CLONE_VM, CLONE_NEWUTS | CLONE_VM},
                                   [&](int flags) { return Join(self, flags); });
              }},
    .legacy = {.needs = {"setns/pidfd"},
               .ask = [](Arena&) -> Outcome {
                 const Fd file = OwnFile("uts");
                 return SameForEach({-1, CLONE_VM, CLONE_NEWUTS | CLONE_VM},
                                    [&](int flags) { return JoinFile(file, flags); });
               }},
}};

template <ProcessState kState, int kFlags>
Outcome OfGone(Arena& arena) {
  return In(kState, arena, [](int pidfd) { return Outcome::Of(tested::Setns(pidfd, kFlags)); });
}

template <ProcessState kState>
Outcome FileOfGone(Arena& arena) {
  ChildWithProcDir shown = SpawnShown(arena);
  DriveTo(shown.child, kState);
  const Fd file = FileOf(shown, "ns/uts");
  return file ? JoinFile(file, CLONE_NEWUTS) : Outcome::Of(errno);
}

const Registered<Conformance> kZombie{{
    .name = "namespace/join_of_zombie",
    .question = "Can the namespaces of a zombie be joined by setns?",
    .without_pid_namespace = kBothPaths,
    .pidfd = {.needs = kNeeds,
              .claims = {Must("esrch", "a zombie has left its namespaces", "setns(2)")},
              .ask = OfGone<ProcessState::kZombie, CLONE_NEWUTS>},
    .legacy = {.needs = {"setns/pidfd"},
               .claims = {Must("enoent", "its namespace files are empty links",
                               "fs/proc/namespaces.c proc_ns_get_link")},
               .ask = FileOfGone<ProcessState::kZombie>},
}};

const Registered<Conformance> kDead{{
    .name = "namespace/join_of_dead",
    .question = "Can the namespaces of a reaped process be joined by setns?",
    .without_pid_namespace = kPidfdOnly,
    .pidfd = {.needs = kNeeds,
              .claims = {Must("esrch", "the process has terminated and been waited for",
                              "setns(2)")},
              .ask = OfGone<ProcessState::kDead, CLONE_NEWUTS>},
    .legacy = {.needs = {"setns/pidfd"},
               .claims = {Must("esrch",
                               "an open /proc/PID cannot be searched once its process is gone",
                               "fs/proc/base.c proc_pid_permission")},
               .ask = FileOfGone<ProcessState::kDead>},
}};

const Registered<Conformance> kDeadNoFlags{{
    .name = "namespace/join_of_dead_without_flags",
    .question = "Does setns check the flags before it looks up the process?",
    .without_pid_namespace = kPidfdOnly,
    .pidfd = {.needs = kNeeds,
              .claims = {Must("einval", "flags are checked before the process is looked up",
                              "kernel/nsproxy.c setns, check_setns_flags")},
              .ask = OfGone<ProcessState::kDead, 0>},
    .legacy = NotPossible(kTakesNone),
}};

const Registered<Conformance> kNoNamespace{{
    .name = "namespace/join_of_file",
    .question = "What is the error of setns for a descriptor of neither a process nor a namespace?",
    .without_pid_namespace = kPidfdOnly,
    .pidfd = {.needs = {"setns/pidfd"},
              .claims = {Must("einval", "neither a /proc/PID directory nor a pipe is a pidfd",
                              "setns(2)")},
              .ask = [](Arena&) -> Outcome {
                const Fd file(open("/dev/null", O_RDONLY | O_CLOEXEC));
                const Fd directory(open("/proc/self", O_DIRECTORY | O_CLOEXEC));
                if (!directory || !file) throw Unsupported("/proc or /dev is not available");
                return SameForEach({file.get(), directory.get()}, [](int fd) {
                  return Outcome::Of(tested::Setns(fd, CLONE_NEWUTS));
                });
              }},
    .legacy = NotPossible("the same call on the same descriptor"),
}};

const Registered<Conformance> kOwnUser{{
    .name = "namespace/join_own_user",
    .question = "Can a process regain capabilities by setns to the user namespace that it is in?",
    .without_pid_namespace = kBothPaths,
    .claims = {Must("einval", "a process cannot re-enter its own user namespace", "setns(2)")},
    .pidfd = {.needs = kNeeds,
              .ask = [](Arena&) -> Outcome { return Join(OwnPidfd(), CLONE_NEWUSER); }},
    .legacy = {.needs = {"setns/pidfd"},
               .ask = [](Arena&) -> Outcome { return JoinFile(OwnFile("user"), CLONE_NEWUSER); }},
}};

constexpr std::string_view kAway = "pidproof-away";

// Whether this process still has the host name of the other UTS namespace.
bool SeesAway() {
  utsname names{};
  Require(uname(&names) == 0);
  return names.nodename == kAway;
}

void GoAway() {
  Require(sys::Unshare(CLONE_NEWUTS | CLONE_NEWIPC));
  Require(sethostname(kAway.data(), kAway.size()) == 0);
}

const Registered<Conformance> kJoin{{
    .name = "namespace/join_of_child",
    .question = "Can a process join the namespace of its child by setns?",
    .without_pid_namespace = kBothPaths,
    .claims = {Must("joined", "the caller sees what the child sees", "setns(2)")},
    .pidfd = {.needs = kNeeds,
              .ask = [](Arena& arena) -> Outcome {
                const Child child = arena.Spawn(body::Lingers);
                const Fd pidfd = Require(tested::PidfdOpen(child.pid(), 0));
                GoAway();
                const Outcome outcome = Join(pidfd, CLONE_NEWUTS);
                if (outcome != Outcome("ok")) return outcome;
                return SeesAway() ? "stayed" : "joined";
              }},
    .legacy = {.needs = {"setns/pidfd"},
               .ask = [](Arena& arena) -> Outcome {
                 const ChildWithProcDir shown = SpawnShown(arena);
                 GoAway();
                 const Outcome outcome = JoinFile(FileOf(shown, "ns/uts"), CLONE_NEWUTS);
                 if (outcome != Outcome("ok")) return outcome;
                 return SeesAway() ? "stayed" : "joined";
               }},
}};

// Asks for two namespaces of a child, the second of which may not be joined.
const Registered<Conformance> kAtomic{{
    .name = "namespace/join_in_part",
    .question = "Does the caller join the first of two namespaces when the second is refused?",
    .without_pid_namespace = kBothPaths,
    .pidfd = {.needs = kNeeds,
              .claims = {Must("einval_and_stayed", "one call joins all namespaces or none",
                              "setns(2)")},
              .ask = [](Arena& arena) -> Outcome {
                const Child child = arena.Spawn(body::Lingers);
                const Fd pidfd = Require(tested::PidfdOpen(child.pid(), 0));
                GoAway();
                const Outcome outcome = Join(pidfd, CLONE_NEWUTS | CLONE_NEWUSER);
                if (outcome != Outcome("einval")) return outcome;
                return SeesAway() ? "einval_and_stayed" : "einval_and_moved";
              }},
    .legacy = {.needs = {"setns/pidfd"},
               .claims = {Hazard("einval_and_moved",
                                 "there is one call for each namespace, and the first succeeds",
                                 "setns(2)")},
               .ask = [](Arena& arena) -> Outcome {
                 const ChildWithProcDir shown = SpawnShown(arena);
                 GoAway();
                 const Outcome first = JoinFile(FileOf(shown, "ns/uts"), CLONE_NEWUTS);
                 const Outcome second = JoinFile(FileOf(shown, "ns/user"), CLONE_NEWUSER);
                 if (first != Outcome("ok") || second != Outcome("einval")) return second;
                 return SeesAway() ? "einval_and_stayed" : "einval_and_moved";
               }},
}};

const Registered<Conformance> kNoRight{{
    .name = "namespace/join_without_right",
    .question =
        "Does a pidfd or namespace file give an unprivileged process the right to join namespaces?",
    .without_pid_namespace = kBothPaths,
    .claims = {Must("eperm", "it requires CAP_SYS_ADMIN, however the namespace is named",
                    "setns(2)")},
    .pidfd = {.needs = kNeeds,
              .ask = [](Arena&) -> Outcome {
                Require(sys::DropCapabilities());
                return Join(OwnPidfd(), CLONE_NEWUTS);
              }},
    .legacy = {.needs = {"setns/pidfd"},
               .ask = [](Arena&) -> Outcome {
                 const Fd file = OwnFile("uts");
                 Require(sys::DropCapabilities());
                 return JoinFile(file, CLONE_NEWUTS);
               }},
}};

// Another process shares the root and working directory of this one. Permission is checked first
// (fs/namespace.c mntns_install).
template <typename Ask>
Outcome WithSharedDirectories(Arena& arena, Ask ask) {
  for (const int capability : {CAP_SYS_ADMIN, CAP_SYS_CHROOT}) {
    if (sys::HasCapability(capability)) continue;
    throw Unsupported(
        fmt::format("needs {} to join a mount namespace", CapabilityName(capability)));
  }
  const Child sharer = arena.Spawn(body::Lingers, {.flags = CLONE_FS});
  return ask();
}

const Registered<Conformance> kSharedDirectories{{
    .name = "namespace/join_mounts_while_sharing",
    .question =
        "Can a process that shares its working directory (CLONE_FS) join a mount namespace?",
    .without_pid_namespace = kBothPaths,
    .claims = {Must("einval", "it would change the directories of the other process too",
                    "setns(2)")},
    .pidfd = {.needs = kNeeds,
              .ask = [](Arena& arena) -> Outcome {
                return WithSharedDirectories(arena, [] { return Join(OwnPidfd(), CLONE_NEWNS); });
              }},
    .legacy = {.needs = {"setns/pidfd"},
               .ask = [](Arena& arena) -> Outcome {
                 return WithSharedDirectories(arena,
                                              [] { return JoinFile(OwnFile("mnt"), CLONE_NEWNS); });
               }},
}};

}  // namespace
}  // namespace pidproof::scenarios::conformance::namespace_setns
