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
#include "scenarios/scenario.h"
#include "scenarios/tested.h"

namespace pidproof::scenarios::conformance {
namespace {

// The values asked for, in the same order on both paths.
using Ids = std::vector<std::int64_t>;
struct Answered {
  int error = 0;
  Ids pids = {};  // of the thread, of the process, of the parent
  Ids uids = {};  // real, effective, saved, of the filesystem
  Ids gids = {};
};

// The two ways to ask; each gets the process while it lives.
class ByPidfd {
 public:
  explicit ByPidfd(pid_t pid, unsigned flags = 0)
      : pidfd_(Require(tested::PidfdOpen(pid, flags))) {}
  Answered Ask() const {
    const PidfdInfoReply reply = tested::GetInfo(pidfd_.get(), abi::kInfoPid | abi::kInfoCreds);
    if (reply.error != 0) return {.error = reply.error};
    Require(reply.Has(abi::kInfoPid | abi::kInfoCreds));
    const abi::PidfdInfo& info = reply.info;
    return {.pids = {info.pid, info.tgid, info.ppid},
            .uids = {info.ruid, info.euid, info.suid, info.fsuid},
            .gids = {info.rgid, info.egid, info.sgid, info.fsgid}};
  }

 private:
  Fd pidfd_;
};

class ByPid {
 public:
  explicit ByPid(pid_t pid, unsigned = 0) : pid_(pid) {}
  Answered Ask() const {
    proc::ShowOwn();
    const Result<std::string> status = proc::Read(pid_, "status");
    if (!status.ok()) return {.error = status.error()};
    return {.pids = {proc::Numbers(*status, "Pid").at(0), proc::Numbers(*status, "Tgid").at(0),
                     proc::Numbers(*status, "PPid").at(0)},
            .uids = proc::Numbers(*status, "Uid"),
            .gids = proc::Numbers(*status, "Gid")};
  }

 private:
  pid_t pid_;
};

Outcome Judge(const Answered& reply, const Ids& right, const Ids Answered::*field) {
  if (reply.error != 0) return Outcome::Of(reply.error);
  return reply.*field == right ? "right" : "wrong";
}

template <ProcessState kState, typename Reader>
Outcome InState(Arena& arena) {
  Child child = arena.Spawn(body::Lingers);
  const pid_t pid = child.pid();
  const Reader reader(pid);
  DriveTo(child, kState);
  return Judge(reader.Ask(), {pid, pid, getpid()}, &Answered::pids);
}

const Registered<Conformance> kAlive{{
    .name = "info/pids",
    .question = "Can the PIDs of a process and its parent be read without parsing text?",
    .without_pid_namespace = kBothPaths,
    .pidfd = {.needs = {"pidfd_open", "ioctl/info_pid"},
              .claims = {Must("right", "PIDFD_INFO_PID reports them", "Linux 6.13 PIDFD_GET_INFO")},
              .ask = InState<ProcessState::kAlive, ByPidfd>},
    .legacy = {.claims = {Must("right", "the status file shows them", "proc_pid_status(5)")},
               .ask = InState<ProcessState::kAlive, ByPid>},
}};

const Registered<Conformance> kZombie{{
    .name = "info/pids_zombie",
    .question = "Can the PIDs of a zombie and its parent be read?",
    .without_pid_namespace = kBothPaths,
    .pidfd = {.needs = {"pidfd_open", "ioctl/info_pid"},
              .claims = {Must("right", "a zombie exists until it is reaped",
                              "fs/pidfs.c pidfd_info")},
              .ask = InState<ProcessState::kZombie, ByPidfd>},
    .legacy = {.claims = {Must("right", "a zombie exists until it is reaped",
                               "proc_pid_status(5)")},
               .ask = InState<ProcessState::kZombie, ByPid>},
}};

const Registered<Conformance> kDead{{
    .name = "info/pids_dead",
    .question = "Are PIDs reported for a reaped process?",
    .without_pid_namespace = kPidfdOnly,
    .pidfd = {.needs = {"pidfd_open", "ioctl/info_pid"},
              .claims = {Must("esrch", "a reaped process has no PID any more",
                              "fs/pidfs.c pidfd_info")},
              .ask = InState<ProcessState::kDead, ByPidfd>},
    .legacy = {.claims = {Must("enoent", "no process has this PID until it is reused", "proc(5)")},
               .ask = InState<ProcessState::kDead, ByPid>},
}};

template <typename Reader>
Outcome OfThread(Arena& arena) {
  const Threaded threaded = Threaded::Make(arena);
  const Reader reader(threaded.other, abi::kPidfdThread);
  return Judge(reader.Ask(), {threaded.other, threaded.child.pid(), getpid()}, &Answered::pids);
}

const Registered<Conformance> kThread{{
    .name = "info/pids_thread",
    .question = "Can the process be determined that a thread belongs to?",
    .without_pid_namespace = kBothPaths,
    .pidfd = {.needs = {"pidfd_open/thread", "ioctl/info_pid"},
              .claims = {Must("right", "pid is the TID of the thread, tgid the PID of its process",
                              "fs/pidfs.c pidfd_info")},
              .ask = OfThread<ByPidfd>},
    .legacy = {.claims = {Must("right", "Pid is the TID of the thread, Tgid the PID of its process",
                               "proc_pid_status(5)")},
               .ask = OfThread<ByPid>},
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

template <typename Reader>
Outcome OtherIds(Arena& arena, const Ids Answered::*field, const Ids& right) {
  report::Open();
  const Child child = arena.Spawn(TakesOtherIds);
  if (report::Receive() != 1) throw Unsupported("no process of another user can be made here");
  return Judge(Reader(child.pid()).Ask(), right, field);
}

template <typename Reader>
Outcome OtherUids(Arena& arena) {
  return OtherIds<Reader>(arena, &Answered::uids, {1, 2, 3, 3});
}

template <typename Reader>
Outcome OtherGids(Arena& arena) {
  return OtherIds<Reader>(arena, &Answered::gids, {5, 6, 7, 7});
}

const Registered<Conformance> kUids{{
    .name = "info/uids",
    .question = "Can the real, effective, saved and filesystem UID of a process each be read?",
    .without_pid_namespace = kBothPaths,
    .pidfd = {.needs = {"pidfd_open", "ioctl/info_creds"},
              .claims = {Must("right", "PIDFD_INFO_CREDS reports all four",
                              "Linux 6.13 PIDFD_GET_INFO")},
              .ask = OtherUids<ByPidfd>},
    .legacy = {.claims = {Must("right", "Uid shows all four", "proc_pid_status(5)")},
               .ask = OtherUids<ByPid>},
}};

const Registered<Conformance> kGids{{
    .name = "info/gids",
    .question = "Can the real, effective, saved and filesystem GID of a process each be read?",
    .without_pid_namespace = kBothPaths,
    .pidfd = {.needs = {"pidfd_open", "ioctl/info_creds"},
              .claims = {Must("right", "PIDFD_INFO_CREDS reports all four",
                              "Linux 6.13 PIDFD_GET_INFO")},
              .ask = OtherGids<ByPidfd>},
    .legacy = {.claims = {Must("right", "Gid shows all four", "proc_pid_status(5)")},
               .ask = OtherGids<ByPid>},
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

}  // namespace
}  // namespace pidproof::scenarios::conformance
