// PIDFD_GET_INFO and its fields. The struct grows: a request carries the size that the caller
// knows, and the mask of each reply says which fields are set. No privilege is needed.
#include <errno.h>
#include <unistd.h>

#include "probes/probe.h"
#include "probes/probe_target.h"
#include "probes/system/pidfd_info.h"
#include "probes/system/require.h"
#include "probes/system/sys.h"

namespace pidproof::features::ioctl_info {
namespace {

// 6.9 and 6.10 answer ENOTTY, 6.11 and 6.12 EINVAL to an unknown request.
const std::vector<int> kNoSuchRequest = {ENOTTY, EINVAL};
const std::vector<int> kNoSuchField = {ENOTTY, EINVAL, Answer::kNoEffect};

// Whether the reply for a living child is as wanted.
Answer OfTheLiving(unsigned size, std::uint64_t mask,
                   bool (*wanted)(const abi::PidfdInfo& info, const Child& child)) {
  ProbeTarget target = ProbeTarget::Make(body::AtGate);
  const PidfdInfoReply reply = GetInfo(target.pidfd.get(), mask, size);
  if (reply.error != 0) return {reply.error, target.via};
  return {wanted(reply.info, target.child) ? 0 : Answer::kNoEffect, target.via};
}

const Registered<Probe> kInfo{{
    .name = "ioctl/info",
    .since = {6, 13},
    .what = "PIDFD_GET_INFO: what the kernel knows of a process, without /proc",
    .tries = "ioctl(PIDFD_GET_INFO)",
    .source = "fs/pidfs.c pidfd_info, include/uapi/linux/pidfd.h",
    .libc = {"PIDFD_GET_INFO", {2, 43}},
    .calls = {"ioctl"},
    .attempt =
        [] {
          return OfTheLiving(abi::kPidfdInfoSize613, 0,
                             [](const abi::PidfdInfo&, const Child&) { return true; });
        },
    .present = {0},
    .absent = kNoSuchRequest,
    .makes = {{SYS_ioctl, {{}, abi::PidfdGetInfo(abi::kPidfdInfoSize613)}}},
}};

const Registered<Probe> kInfoPid{{
    .name = "ioctl/info_pid",
    .since = {6, 13},
    .what = "PIDFD_INFO_PID: the PID of a pidfd's process and of its parent",
    .tries = "ioctl(PIDFD_GET_INFO) asking for a child's PID",
    .source = "fs/pidfs.c pidfd_info",
    .libc = {"PIDFD_INFO_PID", {2, 43}},
    .calls = {"ioctl"},
    .attempt =
        [] {
          return OfTheLiving(abi::kPidfdInfoSize613, abi::kInfoPid,
                             [](const abi::PidfdInfo& info, const Child& child) {
                               return (info.mask & abi::kInfoPid) != 0 &&
                                      info.pid == static_cast<std::uint32_t>(child.pid());
                             });
        },
    .present = {0},
    .absent = kNoSuchField,
    .makes = {{SYS_ioctl, {{}, abi::PidfdGetInfo(abi::kPidfdInfoSize613)}}},
}};

// getuid(2) never fails, so libc passes a filter's answer on as a uid: a negated errno.
bool IsRefusal(uid_t user) {
  constexpr uid_t kMostErrnos = 4095;
  return user >= ~kMostErrnos;
}

const Registered<Probe> kInfoCreds{{
    .name = "ioctl/info_creds",
    .since = {6, 13},
    .what = "PIDFD_INFO_CREDS: the user and group ids of a pidfd's process",
    .tries = "ioctl(PIDFD_GET_INFO) asking for a child's user",
    .source = "fs/pidfs.c pidfd_info",
    .libc = {"PIDFD_INFO_CREDS", {2, 43}},
    .calls = {"ioctl"},
    .attempt =
        [] {
          if (IsRefusal(getuid()) || IsRefusal(geteuid())) throw Broken("getuid is refused");
          return OfTheLiving(abi::kPidfdInfoSize613, abi::kInfoCreds,
                             [](const abi::PidfdInfo& info, const Child&) {
                               return (info.mask & abi::kInfoCreds) != 0 && info.ruid == getuid() &&
                                      info.euid == geteuid();
                             });
        },
    .present = {0},
    .absent = kNoSuchField,
    .makes = {{SYS_ioctl, {{}, abi::PidfdGetInfo(abi::kPidfdInfoSize613)}}},
}};

const Registered<Probe> kInfoCgroupid{{
    .name = "ioctl/info_cgroupid",
    .since = {6, 13},
    .what = "PIDFD_INFO_CGROUPID: the cgroup of a pidfd's process",
    .tries = "ioctl(PIDFD_GET_INFO) asking for the cgroup",
    .source = "fs/pidfs.c pidfd_info",
    .libc = {"PIDFD_INFO_CGROUPID", {2, 43}},
    .calls = {"ioctl"},
    .attempt =
        [] {
          return OfTheLiving(abi::kPidfdInfoSize613, abi::kInfoCgroupid,
                             [](const abi::PidfdInfo& info, const Child&) {
                               return (info.mask & abi::kInfoCgroupid) != 0;
                             });
        },
    .present = {0},
    .absent = kNoSuchField,
    .makes = {{SYS_ioctl, {{}, abi::PidfdGetInfo(abi::kPidfdInfoSize613)}}},
}};

// Before 6.15 a reaped process is ESRCH.
Answer AskForExit() {
  constexpr int kEnded = body::kGateStatus << 8;  // as a wait status
  ProbeTarget target = ProbeTarget::Make(body::AtGate);
  target.child.Open();
  target.child.Reap();
  const PidfdInfoReply reply = GetInfo(target.pidfd.get(), abi::kInfoExit);
  if (reply.error != 0) return {reply.error, target.via};
  const bool right = (reply.info.mask & abi::kInfoExit) != 0 && reply.info.exit_code == kEnded;
  return {right ? 0 : Answer::kNoEffect, target.via};
}

const Registered<Probe> kInfoExit{{
    .name = "ioctl/info_exit",
    .since = {6, 15},
    .what = "PIDFD_INFO_EXIT: how a process ended, for any holder of a pidfd, after it is reaped",
    .tries = "ioctl(PIDFD_GET_INFO) asking how a reaped process ended",
    .source = "fs/pidfs.c pidfd_info",
    .libc = {"PIDFD_INFO_EXIT", {2, 43}},
    .calls = {"ioctl"},
    .attempt = AskForExit,
    .present = {0},
    .absent = {ESRCH, ENOTTY, EINVAL, Answer::kNoEffect},
    .makes = {{SYS_ioctl, {{}, abi::PidfdGetInfo(abi::kPidfdInfoSize613)}}},
}};

const Registered<Probe> kInfoCoredump{{
    .name = "ioctl/info_coredump",
    .since = {6, 16},
    .what = "PIDFD_INFO_COREDUMP: whether a process would dump core, or has",
    .tries = "ioctl(PIDFD_GET_INFO) asking about the core dump",
    .source = "fs/pidfs.c pidfd_info",
    .libc = {"PIDFD_INFO_COREDUMP", {2, 43}},
    .calls = {"ioctl"},
    .attempt =
        [] {
          return OfTheLiving(abi::kPidfdInfoSize616, abi::kInfoCoredump,
                             [](const abi::PidfdInfo& info, const Child&) {
                               return (info.mask & abi::kInfoCoredump) != 0;
                             });
        },
    .present = {0},
    .absent = kNoSuchField,
    .makes = {{SYS_ioctl, {{}, abi::PidfdGetInfo(abi::kPidfdInfoSize616)}}},
}};

// The mask is at offset 72 in 6.19 and 7.0 and moved to 80 in 7.1. There, offset 72 holds a code
// that a living process does not have, and the rest of a longer struct is zeroed.
std::uint64_t SupportedMask(const abi::PidfdInfo& info) {
  if ((info.mask & abi::kInfoSupportedMask) == 0) return 0;
  return info.at_80 != 0 ? info.at_80 : info.at_72;
}

Answer AskForSupport(bool (*wanted)(const abi::PidfdInfo& info, const Child& child)) {
  return OfTheLiving(abi::kPidfdInfoSize71, abi::kInfoSupportedMask, wanted);
}

const Registered<Probe> kInfoSupportedMask{{
    .name = "ioctl/info_supported_mask",
    .since = {6, 19},
    .what = "PIDFD_INFO_SUPPORTED_MASK: which fields this kernel can report",
    .tries = "ioctl(PIDFD_GET_INFO) asking what can be asked",
    .source = "fs/pidfs.c pidfd_info",
    .libc = {"PIDFD_INFO_SUPPORTED_MASK", {2, 44}},
    .calls = {"ioctl"},
    .attempt =
        [] {
          return AskForSupport([](const abi::PidfdInfo& info, const Child&) {
            return (SupportedMask(info) & abi::kInfoSupportedMask) != 0;
          });
        },
    .present = {0},
    .absent = kNoSuchField,
    .makes = {{SYS_ioctl, {{}, abi::PidfdGetInfo(abi::kPidfdInfoSize71)}}},
}};

const Registered<Probe> kInfoCoredumpSignal{{
    .name = "ioctl/info_coredump_signal",
    .since = {6, 19},
    .what = "PIDFD_INFO_COREDUMP_SIGNAL: the signal that a core was dumped for",
    .tries = "ioctl(PIDFD_GET_INFO) asking whether it reports the signal of a core dump",
    .source = "fs/pidfs.c pidfd_info",
    .libc = {"PIDFD_INFO_COREDUMP_SIGNAL", {2, 44}},
    .calls = {"ioctl"},
    .attempt =
        [] {
          return AskForSupport([](const abi::PidfdInfo& info, const Child&) {
            return (SupportedMask(info) & abi::kInfoCoredumpSignal) != 0;
          });
        },
    .present = {0},
    .absent = kNoSuchField,
    .makes = {{SYS_ioctl, {{}, abi::PidfdGetInfo(abi::kPidfdInfoSize71)}}},
}};

const Registered<Probe> kInfoCoredumpCode{{
    .name = "ioctl/info_coredump_code",
    .since = {7, 1},
    .what = "PIDFD_INFO_COREDUMP_CODE: the si_code of the signal that a core was dumped for",
    .tries = "ioctl(PIDFD_GET_INFO) asking whether it reports the code of a core dump's signal",
    .source = "fs/pidfs.c pidfd_info",
    .libc = {"PIDFD_INFO_COREDUMP_CODE", {2, 44}},
    .calls = {"ioctl"},
    .attempt =
        [] {
          return AskForSupport([](const abi::PidfdInfo& info, const Child&) {
            return (SupportedMask(info) & abi::kInfoCoredumpCode) != 0;
          });
        },
    .present = {0},
    .absent = kNoSuchField,
    .makes = {{SYS_ioctl, {{}, abi::PidfdGetInfo(abi::kPidfdInfoSize71)}}},
}};

}  // namespace
}  // namespace pidproof::features::ioctl_info
