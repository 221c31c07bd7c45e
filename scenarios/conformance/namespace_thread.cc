// Threads have namespaces of their own: whose setns joins, and when a thread has none any more.
#include <errno.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <sched.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <string_view>

#include "probes/system/errno_name.h"
#include "probes/system/require.h"
#include "probes/system/sys.h"
#include "probes/system/unshare.h"
#include "scenarios/fixtures/proc.h"
#include "scenarios/fixtures/thread.h"
#include "scenarios/fixtures/threaded.h"
#include "scenarios/scenario.h"
#include "scenarios/tested.h"

namespace pidproof::scenarios::conformance::namespace_thread {
namespace {

constexpr std::string_view kAway = "pidproof-away";

// Moves this thread, the first, into a UTS namespace of its own.
void GoAway() {
  const sys::Status gone = sys::Unshare(CLONE_NEWUTS);
  if (!gone.ok()) {
    throw Unsupported(fmt::format("this process cannot have a UTS namespace of its own here ({})",
                                  ErrnoName(gone.error())));
  }
  Require(sethostname(kAway.data(), kAway.size()) == 0);
}

Outcome Joined(const sys::Status& joined) {
  if (!joined.ok()) return Outcome::Of(joined);
  utsname names{};
  Require(uname(&names) == 0);
  return names.nodename == kAway ? "of_the_first" : "of_the_thread";
}

const Registered<Conformance> kJoin{{
    .name = "namespace/join_of_thread",
    .question = "Whose namespace does setns join by the name of a thread that has another than the "
                "first?",
    .without_pid_namespace = kBothPaths,
    .claims = {Must("of_the_thread", "each thread has namespaces of its own",
                    "namespaces(7), pidfd_open(2) PIDFD_THREAD")},
    .pidfd = {.needs = {"pidfd_open/thread", "setns/pidfd"},
              .ask = [](Arena&) -> Outcome {
                const SecondThread thread;
                const Fd pidfd = Require(tested::PidfdOpen(thread.tid(), abi::kPidfdThread));
                GoAway();
                return Joined(tested::Setns(pidfd.get(), CLONE_NEWUTS));
              }},
    .legacy = {.needs = {"setns/pidfd"},
               .ask = [](Arena&) -> Outcome {
                 proc::ShowOwn();
                 const SecondThread thread;
                 const Fd file(open(fmt::format("/proc/self/task/{}/ns/uts", thread.tid()).c_str(),
                                    O_RDONLY | O_CLOEXEC));
                 Require(static_cast<bool>(file));
                 GoAway();
                 return Joined(proc::Join(file.get(), CLONE_NEWUTS));
               }},
}};

const Registered<Conformance> kJoinDead{{
    .name = "namespace/join_of_dead_thread",
    .question = "Can the namespaces of a thread that has exited be joined by setns?",
    .without_pid_namespace = kPidfdOnly,
    .pidfd = {.needs = {"pidfd_open/thread", "setns/pidfd"},
              .claims = {Must("esrch", "threads are not waited for: this one is gone at once",
                              "setns(2)")},
              .ask = [](Arena& arena) -> Outcome {
                const Threaded threaded = Threaded::Make(arena);
                const Fd pidfd = Require(tested::PidfdOpen(threaded.other, abi::kPidfdThread));
                threaded.child.Kill();
                threaded.child.AwaitZombie();
                return Outcome::Of(tested::Setns(pidfd.get(), CLONE_NEWUTS));
              }},
    .legacy = NotPossible("the TID in that /proc may differ from ours"),
}};

const Registered<Conformance> kJoinLeaderless{{
    .name = "namespace/join_leader_gone",
    .question = "Can the namespaces of a process be joined when the thread-group leader has exited "
                "and others run?",
    .without_pid_namespace = kBothPaths,
    .pidfd = {.needs = {"pidfd_open", "setns/pidfd"},
              .claims = {Hazard("esrch", "only the first thread is asked, which has left them",
                                "kernel/nsproxy.c validate_nsset")},
              .ask = [](Arena& arena) -> Outcome {
                const Leaderless made = Leaderless::Make(arena);
                const Fd pidfd = Require(tested::PidfdOpen(made.child.pid(), 0));
                return Outcome::Of(tested::Setns(pidfd.get(), CLONE_NEWUTS));
              }},
    .legacy = {.claims = {Hazard("enoent",
                                 "the files are those of the first thread, which has "
                                 "left its namespaces",
                                 "fs/proc/namespaces.c proc_ns_get_link")},
               .ask = [](Arena& arena) -> Outcome {
                 const Leaderless made = Leaderless::Make(arena);
                 const Fd file(open(fmt::format("/proc/{}/ns/uts", made.in_proc).c_str(),
                                    O_RDONLY | O_CLOEXEC));
                 return file ? Outcome::Of(proc::Join(file.get(), CLONE_NEWUTS))
                             : Outcome::Of(errno);
               }},
}};

const Registered<Conformance> kFileLeaderless{{
    .name = "namespace/file_leader_gone",
    .question = "Can the namespaces of a process be opened when the thread-group leader has exited "
                "and others run?",
    .without_pid_namespace = kPidfdOnly,
    .pidfd = {.needs = {"pidfd_open", "ioctl/uts_namespace"},
              .claims = {Hazard("esrch", "only the first thread is asked, which has left them",
                                "fs/pidfs.c pidfd_ioctl")},
              .ask = [](Arena& arena) -> Outcome {
                const Leaderless made = Leaderless::Make(arena);
                const Fd pidfd = Require(tested::PidfdOpen(made.child.pid(), 0));
                const sys::Status file = tested::Ioctl(pidfd.get(), abi::kGetUtsNamespace, 0);
                if (!file.ok()) return Outcome::Of(file);
                Fd(*file).reset();
                return "ok";
              }},
    .legacy = NotPossible("the file is asked by namespace/join_leader_gone"),
}};

}  // namespace
}  // namespace pidproof::scenarios::conformance::namespace_thread
