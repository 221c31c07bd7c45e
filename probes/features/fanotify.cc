// Pidfds in the events of fanotify.
#include <errno.h>
#include <linux/capability.h>
#include <sys/syscall.h>

#include "probes/probe.h"
#include "probes/system/require.h"
#include "probes/system/sys.h"

namespace pidproof::features::fanotify {
namespace {

int Listen(unsigned flags) { return sys::FanotifyInit(flags).error(); }

// Without CAP_SYS_ADMIN in the initial user namespace only FAN_REPORT_FID is permitted (5.13); a
// further flag is EPERM if it is known to need the capability, EINVAL if it is unknown.
template <std::uint32_t kFlag>
Answer Report() {
  Answer answer = Listen(kFlag);
  if (answer.error != EPERM) return answer;
  answer.before_kernel = Listen(0) == 0;
  if (answer.before_kernel) return answer;
  if (Listen(abi::kFanReportFid) != 0) {
    throw Unsupported("fanotify_init answers EPERM whatever is asked for without CAP_SYS_ADMIN");
  }
  return {Listen(abi::kFanReportFid | kFlag), "together with FAN_REPORT_FID"};
}

const Registered<Probe> kPidfd{{
    .name = "fanotify/pidfd",
    .since = {5, 15},
    .what = "FAN_REPORT_PIDFD: a pidfd of who caused each event (CAP_SYS_ADMIN)",
    .tries = "fanotify_init(FAN_REPORT_PIDFD)",
    .source = "fanotify_init(2)",
    .libc = {"fanotify_init", {2, 13}},
    .calls = {"fanotify_init"},
    .attempt = Report<abi::kFanReportPidfd>,
    .present = {0},
    .absent = {EINVAL, ENOSYS},
    .denied = {EPERM},
    .capability = CAP_SYS_ADMIN,
}};

const Registered<Probe> kFdError{{
    .name = "fanotify/fd_error",
    .since = {6, 13},
    .what = "FAN_REPORT_FD_ERROR: an errno in place of each descriptor that could not be made "
            "(CAP_SYS_ADMIN)",
    .tries = "fanotify_init(FAN_REPORT_PIDFD | FAN_REPORT_FD_ERROR)",
    .source = "fanotify_init(2), Linux 6.13 fs/notify/fanotify/fanotify_user.c",
    .libc = {"fanotify_init", {2, 13}},
    .calls = {"fanotify_init"},
    .attempt = Report<abi::kFanReportPidfd | abi::kFanReportFdError>,
    .present = {0},
    .absent = {EINVAL, ENOSYS},
    .denied = {EPERM},
    .capability = CAP_SYS_ADMIN,
    .makes = {{SYS_fanotify_init, {abi::kFanReportPidfd | abi::kFanReportFdError}}},
}};

// Both flags are known on their own, and the pair is checked after the capability.
Answer ReportPidfdOfThread() {
  Answer answer = Listen(abi::kFanReportPidfd | abi::kFanReportTid);
  if (answer.error != EPERM) return answer;
  answer.before_kernel = Listen(0) == 0;
  if (answer.before_kernel) return answer;
  if (Listen(abi::kFanReportFid) == 0 &&
      Listen(abi::kFanReportFid | abi::kFanReportPidfd) == EINVAL) {
    return {EINVAL, "to the first flag alone"};
  }
  throw Unsupported("fanotify_init does not look at the two together without CAP_SYS_ADMIN");
}

const Registered<Probe> kPidfdTid{{
    .name = "fanotify/pidfd_tid",
    .since = {7, 2},
    .what = "FAN_REPORT_PIDFD with FAN_REPORT_TID: a pidfd of the thread (CAP_SYS_ADMIN)",
    .tries = "fanotify_init(FAN_REPORT_PIDFD | FAN_REPORT_TID)",
    .source = "fanotify_init(2), fs/notify/fanotify/fanotify_user.c",
    .libc = {"fanotify_init", {2, 13}},
    .calls = {"fanotify_init"},
    .attempt = ReportPidfdOfThread,
    .present = {0},
    .absent = {EINVAL, ENOSYS},
}};

}  // namespace
}  // namespace pidproof::features::fanotify
