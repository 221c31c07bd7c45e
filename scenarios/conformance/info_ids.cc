// PIDFD_GET_INFO: the PIDs and user IDs of a process, beside those in its status file.
#include <errno.h>
#include <sys/fsuid.h>
#include <unistd.h>

#include <vector>

#include "probes/system/pidfd_info.h"
#include "probes/system/read_file.h"
#include "probes/system/require.h"
#include "probes/system/sys.h"
#include "scenarios/fixtures/proc.h"
#include "scenarios/fixtures/process_state.h"
#include "scenarios/fixtures/report.h"
#include "scenarios/fixtures/threaded.h"
#include "scenarios/handle.h"
#include "scenarios/scenario.h"
#include "scenarios/tested.h"

namespace pidproof::scenarios::conformance::info_ids {
namespace {

using Ids = std::vector<std::int64_t>;

Outcome Judge(const Result<ProcessIds>& ids, const Ids& right, const Ids ProcessIds::*field) {
  if (!ids.ok()) return Outcome::Of(ids.error());
  return (*ids).*field == right ? "right" : "wrong";
}

template <ProcessState kState>
Outcome InState(Arena& arena, Path path) {
  Child child = arena.Spawn(body::Lingers);
  const pid_t pid = child.pid();
  const Handle handle = Handle::To(child, path);
  DriveTo(child, kState);
  return Judge(handle.Ids(), {pid, pid, getpid()}, &ProcessIds::pids);
}

const Registered<Conformance> kAlive{{
    .name = "info/pids",
    .question = "Can the PIDs of a process and its parent be read without parsing text?",
    .without_pid_namespace = kBothPaths,
    .pidfd = {.needs = {"pidfd_open", "ioctl/info_pid"},
              .claims = {Must("right", "PIDFD_INFO_PID reports them",
                              "Linux 6.13 PIDFD_GET_INFO")}},
    .legacy = {.claims = {Must("right", "the status file shows them", "proc_pid_status(5)")}},
    .ask = InState<ProcessState::kAlive>,
}};

const Registered<Conformance> kZombie{{
    .name = "info/pids_zombie",
    .question = "Can the PIDs of a zombie and its parent be read?",
    .without_pid_namespace = kBothPaths,
    .pidfd = {.needs = {"pidfd_open", "ioctl/info_pid"},
              .claims = {Must("right", "a zombie exists until it is reaped",
                              "fs/pidfs.c pidfd_info")}},
    .legacy = {.claims = {Must("right", "a zombie exists until it is reaped",
                               "proc_pid_status(5)")}},
    .ask = InState<ProcessState::kZombie>,
}};

const Registered<Conformance> kDead{{
    .name = "info/pids_dead",
    .question = "Are PIDs reported for a reaped process?",
    .without_pid_namespace = kPidfdOnly,
    .pidfd = {.needs = {"pidfd_open", "ioctl/info_pid"},
              .claims = {Must("esrch", "a reaped process has no PID any more",
                              "fs/pidfs.c pidfd_info")}},
    .legacy = {.claims = {Must("enoent", "no process has this PID until it is reused", "proc(5)")}},
    .ask = InState<ProcessState::kDead>,
}};

Outcome OfThread(Arena& arena, Path path) {
  const Threaded threaded = Threaded::Make(arena);
  const Handle handle = Handle::ToThread(threaded.other, path);
  return Judge(handle.Ids(), {threaded.other, threaded.child.pid(), getpid()}, &ProcessIds::pids);
}

const Registered<Conformance> kThread{{
    .name = "info/pids_thread",
    .question = "Can the process be determined that a thread belongs to?",
    .without_pid_namespace = kBothPaths,
    .pidfd = {.needs = {"pidfd_open/thread", "ioctl/info_pid"},
              .claims = {Must("right", "pid is the TID of the thread, tgid the PID of its process",
                              "fs/pidfs.c pidfd_info")}},
    .legacy = {.claims = {Must("right", "Pid is the TID of the thread, Tgid the PID of its process",
                               "proc_pid_status(5)")}},
    .ask = OfThread,
}};

// Takes IDs that all differ, where permitted, and reports whether it has.
int TakesOtherIds(int) {
  const pid_t parent = getppid();
  bool taken = setresgid(5, 6, 7) == 0 && setresuid(1, 2, 3) == 0;
  setfsgid(7);
  setfsuid(3);
  // setfsgid and setfsuid return the previous ID only, hence the second calls.
  taken = taken && setfsgid(static_cast<gid_t>(-1)) == 7 && setfsuid(static_cast<uid_t>(-1)) == 3;
  sys::DieWithParent(parent);  // changing IDs has cleared the parent-death signal
  report::Send(taken);
  return body::Lingers(0);
}

Outcome OtherIds(Arena& arena, Path path, const Ids ProcessIds::*field, const Ids& right) {
  report::Open();
  const Child child = arena.Spawn(TakesOtherIds);
  if (report::Receive() != 1) throw Unsupported("no process of another user can be made here");
  return Judge(Handle::To(child, path).Ids(), right, field);
}

Outcome OtherUids(Arena& arena, Path path) {
  return OtherIds(arena, path, &ProcessIds::uids, {1, 2, 3, 3});
}

Outcome OtherGids(Arena& arena, Path path) {
  return OtherIds(arena, path, &ProcessIds::gids, {5, 6, 7, 7});
}

const Registered<Conformance> kUids{{
    .name = "info/uids",
    .question = "Can the real, effective, saved and filesystem UID of a process each be read?",
    .without_pid_namespace = kBothPaths,
    .pidfd = {.needs = {"pidfd_open", "ioctl/info_creds"},
              .claims = {Must("right", "PIDFD_INFO_CREDS reports all four",
                              "Linux 6.13 PIDFD_GET_INFO")}},
    .legacy = {.claims = {Must("right", "Uid shows all four", "proc_pid_status(5)")}},
    .ask = OtherUids,
}};

const Registered<Conformance> kGids{{
    .name = "info/gids",
    .question = "Can the real, effective, saved and filesystem GID of a process each be read?",
    .without_pid_namespace = kBothPaths,
    .pidfd = {.needs = {"pidfd_open", "ioctl/info_creds"},
              .claims = {Must("right", "PIDFD_INFO_CREDS reports all four",
                              "Linux 6.13 PIDFD_GET_INFO")}},
    .legacy = {.claims = {Must("right", "Gid shows all four", "proc_pid_status(5)")}},
    .ask = OtherGids,
}};

Outcome CgroupByPidfd(Arena& arena) {
  const Child child = arena.Spawn(body::Lingers);
  const Fd own = Require(tested::PidfdOpen(getpid(), 0));
  const Fd pidfd = Require(tested::PidfdOpen(child.pid(), 0));
  const PidfdInfoReply here = tested::GetInfo(own.get(), abi::kInfoCgroupid);
  const PidfdInfoReply there = tested::GetInfo(pidfd.get(), abi::kInfoCgroupid);
  if (here.error != 0 || there.error != 0)
    return Outcome::Of(here.error != 0 ? here.error : there.error);
  if (!there.Has(abi::kInfoCgroupid) || there.info.cgroupid == 0) return "not_reported";
  return here.info.cgroupid == there.info.cgroupid ? "same" : "different";
}

Outcome CgroupByPid(Arena& arena) {
  proc::ShowOwn();
  const Child child = arena.Spawn(body::Lingers);
  const Result<std::string> here = ReadFile("/proc/self/cgroup");
  if (here.error() == ENOENT) throw Unsupported("/proc shows no cgroups here");
  const Result<std::string> there = proc::Read(child.pid(), "cgroup");
  if (!there.ok()) return Outcome::Of(there.error());
  return Require(here) == *there ? "same" : "different";
}

const Registered<Conformance> kCgroup{{
    .name = "info/cgroup",
    .question = "Can it be determined that a forked child is in its parent's cgroup?",
    .without_pid_namespace = kBothPaths,
    .pidfd = {.needs = {"pidfd_open", "ioctl/info_cgroupid"},
              .claims = {Must("same", "fork keeps the cgroup, whose ID is reported",
                              "cgroups(7), Linux 6.13 PIDFD_INFO_CGROUPID")},
              .ask = CgroupByPidfd},
    .legacy = {.claims = {Must("same", "fork keeps the cgroup, whose path is shown", "cgroups(7)")},
               .ask = CgroupByPid},
}};

const Registered<Conformance> kLeaderGone{{
    .name = "info/leader_gone",
    .question = "Can the PIDs of a process be read when the thread-group leader has exited and "
                "others run?",
    .without_pid_namespace = kPidfdOnly,
    .pidfd = {.needs = {"pidfd_open", "ioctl/info"},
              .claims = {Must("own_pid", "the leader keeps its PID until the process is reaped",
                              "fs/pidfs.c pidfd_info")},
              .ask = [](Arena& arena) -> Outcome {
                const Leaderless made = Leaderless::Make(arena);
                const Fd pidfd = Require(tested::PidfdOpen(made.child.pid(), 0));
                const PidfdInfoReply reply = tested::GetInfo(pidfd.get(), abi::kInfoPid);
                if (reply.error != 0) return Outcome::Of(reply.error);
                const auto pid = static_cast<std::uint32_t>(made.child.pid());
                return reply.info.pid == pid && reply.info.tgid == pid ? "own_pid" : "another_pid";
              }},
    .legacy = NotPossible("its status file shows the first thread, a zombie"),
}};

}  // namespace
}  // namespace pidproof::scenarios::conformance::info_ids
