#include <errno.h>
#include <fmt/format.h>

#include <fstream>

#include "probes/probe.h"
#include "probes/require.h"
#include "probes/sys.h"

namespace pidproof {
namespace {

// EPERM comes before any argument is looked at: from the sysctl (6.6) or from a filter. The
// operation may be there all the same.
void RequireNotSwitchedOff() {
  constexpr char kSwitch[] = "/proc/sys/kernel/io_uring_disabled";
  std::ifstream file(kSwitch);
  int disabled = 0;
  if (!(file >> disabled)) {
    if (!std::ifstream("/proc/self/stat")) throw Unsupported("EPERM, and no /proc to tell why");
    return;  // a kernel without the switch
  }
  if (disabled != 0) throw Unsupported(fmt::format("{} is {}", kSwitch, disabled));
}

Answer AskForOperation() {
  const Result<Fd> ring = sys::IoUringSetup(1);
  if (ring.error() == EPERM) RequireNotSwitchedOff();
  if (!ring.ok()) return ring;
  const Result<bool> known = sys::IoUringKnows(ring->get(), abi::kIoUringWaitid);
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
}  // namespace pidproof
