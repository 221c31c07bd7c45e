#include <errno.h>
#include <fmt/format.h>
#include <linux/capability.h>

#include <fstream>

#include "probes/probe.h"
#include "probes/refusal/proc_refusal.h"
#include "probes/system/errno_name.h"
#include "probes/system/require.h"
#include "probes/system/sys.h"

namespace pidproof::features::io_uring {
namespace {

// EPERM comes before any argument is checked: from the sysctl (6.6; 1: for callers without
// CAP_SYS_ADMIN and not in kernel.io_uring_group, 2: for all), from a filter or from a security
// module. The operation may be there all the same.
Answer WhySwitchedOff() {
  constexpr char kSwitch[] = "/proc/sys/kernel/io_uring_disabled";
  std::ifstream file(kSwitch);
  int disabled = 0;
  if (!(file >> disabled)) {
    if (!refusal::HasProcSys()) throw Unsupported("EPERM, and no /proc/sys that shows why");
    return EPERM;  // a kernel without the sysctl
  }
  if (disabled == 0 || (disabled == 1 && sys::HasCapability(CAP_SYS_ADMIN))) return EPERM;
  return {EPERM, fmt::format("kernel.io_uring_disabled is {}", disabled), "sysctl",
          disabled == 1 ? "kernel.io_uring_disabled=0, CAP_SYS_ADMIN, or the group that "
                          "kernel.io_uring_group names"
                        : "kernel.io_uring_disabled=0"};
}

Answer AskForOperation() {
  const Result<Fd> ring = sys::IoUringSetup(1);
  if (ring.error() == EPERM) return WhySwitchedOff();
  if (!ring.ok()) return ring;
  const Result<bool> known = sys::IoUringKnows(ring->get(), abi::kIoUringWaitid);
  // A kernel with io_uring has this call (5.1), and it needs no privilege.
  if (known.error() == EPERM || known.error() == EACCES || known.error() == ENOSYS) {
    throw Unsupported(fmt::format("io_uring_register answers {}", ErrnoName(known.error())));
  }
  if (!known.ok()) return known;
  return *known ? 0 : Answer::kNoEffect;
}

const Registered<Probe> kWaitid{{
    .name = "io_uring/waitid",
    .since = {6, 7},
    .what = "IORING_OP_WAITID: waitid without blocking a thread, also with P_PIDFD",
    .tries = "io_uring_register(IORING_REGISTER_PROBE) asking for IORING_OP_WAITID",
    .source = "io_uring/waitid.c, io_uring_register(2)",
    .calls = {"io_uring_setup"},
    .attempt = AskForOperation,
    .present = {0},
    .absent = {Answer::kNoEffect, ENOSYS, EINVAL},
}};

}  // namespace
}  // namespace pidproof::features::io_uring
