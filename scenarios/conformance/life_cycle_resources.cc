// What can still be taken of a process in each state: a descriptor, a namespace, its memory. Each
// alone is asked elsewhere; here all are asked of one process.
#include <errno.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <sched.h>
#include <sys/mman.h>

#include "probes/system/require.h"
#include "probes/system/sys.h"
#include "scenarios/fixtures/fd_owner.h"
#include "scenarios/fixtures/process_state.h"
#include "scenarios/scenario.h"
#include "scenarios/tested.h"

namespace pidproof::scenarios::conformance::life_cycle_resources {
namespace {

const std::vector<std::string_view> kNeeds = {"pidfd_open", "pidfd_getfd/child", "setns/pidfd",
                                              "process_mrelease"};

FdOwner MakeOwner(Arena& arena) {
  return FdOwner::Make(arena, [] { return memfd_create("owned", MFD_CLOEXEC); });
}

template <ProcessState kState>
Outcome ByPidfd(Arena& arena) {
  FdOwner owner = MakeOwner(arena);
  const Fd pidfd = Require(tested::PidfdOpen(owner.child.pid(), 0));
  DriveTo(owner.child, kState);
  const int descriptor = tested::PidfdGetfd(pidfd.get(), FdOwner::kOwned, 0).error();
  const int space = tested::Setns(pidfd.get(), CLONE_NEWUTS).error();
  const int memory = sys::ProcessMrelease(pidfd.get(), 0).error();
  // EINVAL: the memory is in use.
  if (descriptor == 0 && space == 0 && memory == EINVAL) return "all_there";
  const bool gone = space == ESRCH && memory == ESRCH;
  if (gone && descriptor == ESRCH) return "all_gone";
  return gone && descriptor == EBADF ? "closed_and_gone" : "in_part";
}

template <ProcessState kState>
Outcome ByDirectory(Arena& arena) {
  FdOwner owner = MakeOwner(arena);
  if (owner.in_proc == 0) throw Unsupported("no /proc shows the process");
  const std::string path = fmt::format("/proc/{}", owner.in_proc);
  const Fd directory(open(path.c_str(), O_DIRECTORY | O_CLOEXEC));
  Require(static_cast<bool>(directory));
  DriveTo(owner.child, kState);
  const std::string link = fmt::format("fd/{}", FdOwner::kOwned);
  const Fd descriptor(openat(directory.get(), link.c_str(), O_RDWR | O_CLOEXEC));
  const Fd space(openat(directory.get(), "ns/uts", O_RDONLY | O_CLOEXEC));
  if (descriptor && space) return "all_there";
  return descriptor || space ? "in_part" : "all_gone";
}

constexpr char kByDirectory[] = "its directory in /proc leads to a descriptor and a namespace";

const Registered<Conformance> kAlive{{
    .name = "life_cycle/alive_resources",
    .question = "Can a descriptor and a namespace be taken of a live process, and not its memory?",
    .without_pid_namespace = kBothPaths,
    .pidfd = {.needs = kNeeds,
              .claims = {Must("all_there", "only the memory of a dying process can be released",
                              "pidfd_getfd(2), setns(2), process_mrelease(2)")},
              .ask = ByPidfd<ProcessState::kAlive>},
    .legacy = {.claims = {Must("all_there", kByDirectory, "proc_pid_fd(5), proc_pid_ns(5)")},
               .ask = ByDirectory<ProcessState::kAlive>},
}};

const Registered<Conformance> kZombie{{
    .name = "life_cycle/zombie_resources",
    .question = "Is all of a zombie gone: descriptors, namespaces and memory?",
    .without_pid_namespace = kBothPaths,
    .pidfd = {.needs = kNeeds,
              .claims = {Must("all_gone", "only PID and status are left: ESRCH of each call",
                              "Linux 6.9 kernel/pid.c __pidfd_fget, kernel/exit.c do_exit")
                             .Since(eras::kGetfdOfExited),
                         May("closed_and_gone", "pidfd_getfd said EBADF, the others ESRCH",
                             "kernel/pid.c __pidfd_fget, kernel/exit.c do_exit")
                             .Until(eras::kGetfdOfExited)},
              .ask = ByPidfd<ProcessState::kZombie>},
    .legacy = {.claims = {Must("all_gone", "its directory in /proc has no such links any more",
                               "proc_pid_fd(5), fs/proc/namespaces.c")},
               .ask = ByDirectory<ProcessState::kZombie>},
}};

const Registered<Conformance> kDead{{
    .name = "life_cycle/dead_resources",
    .question = "Is all of a reaped process gone: descriptors, namespaces and memory?",
    .without_pid_namespace = kBothPaths,
    .pidfd = {.needs = kNeeds,
              .claims = {Must("all_gone", "there is no such process: ESRCH of each call",
                              "pidfd_getfd(2), setns(2), process_mrelease(2)")},
              .ask = ByPidfd<ProcessState::kDead>},
    .legacy = {.claims = {Must("all_gone", "an open /proc/PID belongs to the process",
                               "proc_pid_fd(5), fs/proc/base.c")},
               .ask = ByDirectory<ProcessState::kDead>},
}};

}  // namespace
}  // namespace pidproof::scenarios::conformance::life_cycle_resources
