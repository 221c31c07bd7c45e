// PIDFD_GET_*_NAMESPACE: the namespaces of a pidfd's process, one request each.
#include <errno.h>
#include <linux/capability.h>
#include <sched.h>

#include "probes/probe.h"
#include "probes/probe_target.h"
#include "probes/system/sys.h"

namespace pidproof::features::ioctl_namespace {
namespace {

// EACCES is the kernel's own answer (no permission to trace the process) only where an invalid
// request, one with an argument, gets EINVAL.
Answer Obtain(unsigned request, int kind) {
  ProbeTarget target = ProbeTarget::Make(body::AtGate);
  const sys::Status obtained = sys::Ioctl(target.pidfd.get(), request, 0);
  Answer answer(obtained.error(), target.via);
  if (answer.error == EACCES) {
    answer.before_kernel = sys::Ioctl(target.pidfd.get(), request, 1).error() != EINVAL;
  }
  if (!obtained.ok()) return answer;
  const Fd space(*obtained);
  const sys::Status type = sys::Ioctl(space.get(), abi::kNsGetNstype, 0);
  if (type.ok() && *type != kind) return {Answer::kNoEffect, "it is a namespace of another kind"};
  return answer;
}

// "PIDFD_GET_X" of "ioctl(PIDFD_GET_X)".
std::string_view RequestOf(std::string_view tries) {
  const std::size_t begin = tries.find('(') + 1;
  return tries.substr(begin, tries.find(')') - begin);
}

template <unsigned kRequest, int kKind>
Probe Row(std::string_view name, std::string_view what, std::string_view tries) {
  return {
      .name = name,
      .since = {6, 11},
      .what = what,
      .tries = tries,
      .source = "fs/pidfs.c pidfd_ioctl, include/uapi/linux/pidfd.h",
      .libc = {RequestOf(tries), {2, 41}},
      .calls = {"ioctl"},
      .attempt = [] { return Obtain(kRequest, kKind); },
      .present = {0},
      .absent = {ENOTTY, EOPNOTSUPP, Answer::kNoEffect},  // EOPNOTSUPP: type not built in
      .denied = {EACCES},
      .capability = CAP_SYS_PTRACE,
      .makes = {{SYS_ioctl, {{}, kRequest}}},
  };
}

const Registered<Probe> kCgroup{Row<abi::kGetCgroupNamespace, CLONE_NEWCGROUP>(
    "ioctl/cgroup_namespace", "PIDFD_GET_CGROUP_NAMESPACE: the cgroup namespace of a process",
    "ioctl(PIDFD_GET_CGROUP_NAMESPACE)")};

const Registered<Probe> kIpc{Row<abi::kGetIpcNamespace, CLONE_NEWIPC>(
    "ioctl/ipc_namespace", "PIDFD_GET_IPC_NAMESPACE: its ipc namespace",
    "ioctl(PIDFD_GET_IPC_NAMESPACE)")};

const Registered<Probe> kMnt{Row<abi::kGetMntNamespace, CLONE_NEWNS>(
    "ioctl/mnt_namespace", "PIDFD_GET_MNT_NAMESPACE: its mount namespace",
    "ioctl(PIDFD_GET_MNT_NAMESPACE)")};

const Registered<Probe> kNet{Row<abi::kGetNetNamespace, CLONE_NEWNET>(
    "ioctl/net_namespace", "PIDFD_GET_NET_NAMESPACE: its network namespace",
    "ioctl(PIDFD_GET_NET_NAMESPACE)")};

const Registered<Probe> kPid{Row<abi::kGetPidNamespace, CLONE_NEWPID>(
    "ioctl/pid_namespace", "PIDFD_GET_PID_NAMESPACE: its PID namespace",
    "ioctl(PIDFD_GET_PID_NAMESPACE)")};

const Registered<Probe> kPidForChildren{Row<abi::kGetPidForChildrenNamespace, CLONE_NEWPID>(
    "ioctl/pid_for_children_namespace",
    "PIDFD_GET_PID_FOR_CHILDREN_NAMESPACE: the PID namespace that its children will be in",
    "ioctl(PIDFD_GET_PID_FOR_CHILDREN_NAMESPACE)")};

const Registered<Probe> kTime{Row<abi::kGetTimeNamespace, static_cast<int>(abi::kCloneNewtime)>(
    "ioctl/time_namespace", "PIDFD_GET_TIME_NAMESPACE: its time namespace",
    "ioctl(PIDFD_GET_TIME_NAMESPACE)")};

const Registered<Probe> kTimeForChildren{
    Row<abi::kGetTimeForChildrenNamespace, static_cast<int>(abi::kCloneNewtime)>(
        "ioctl/time_for_children_namespace",
        "PIDFD_GET_TIME_FOR_CHILDREN_NAMESPACE: the time namespace that its children will be in",
        "ioctl(PIDFD_GET_TIME_FOR_CHILDREN_NAMESPACE)")};

const Registered<Probe> kUser{Row<abi::kGetUserNamespace, CLONE_NEWUSER>(
    "ioctl/user_namespace", "PIDFD_GET_USER_NAMESPACE: its user namespace",
    "ioctl(PIDFD_GET_USER_NAMESPACE)")};

const Registered<Probe> kUts{Row<abi::kGetUtsNamespace, CLONE_NEWUTS>(
    "ioctl/uts_namespace", "PIDFD_GET_UTS_NAMESPACE: its uts namespace",
    "ioctl(PIDFD_GET_UTS_NAMESPACE)")};

}  // namespace
}  // namespace pidproof::features::ioctl_namespace
