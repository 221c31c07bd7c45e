#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sys/time.h>

#include "probes/probe.h"
#include "probes/probe_target.h"
#include "probes/system/require.h"
#include "probes/system/sys.h"

namespace pidproof::features::waitid {
namespace {

// A kernel that knows P_PIDFD looks the descriptor up; one that does not refuses the id type first.
const Registered<Probe> kWaitidPidfd{{
    .name = "waitid/p_pidfd",
    .since = {5, 4},
    .what = "waitid(2) takes P_PIDFD",
    .tries = "waitid(P_PIDFD, INT_MAX)",
    .source = "wait(2), kernel/exit.c kernel_waitid",
    .libc = {"P_PIDFD", {2, 36}},
    .calls = {"waitid"},
    .attempt = []() -> Answer { return sys::Waitid(abi::kIdPidfd, INT_MAX, WEXITED | WNOHANG); },
    .present = {EBADF},
    .absent = {EINVAL},
}};

// Interrupts a wait that blocks after all, repeatedly, since a single signal could come too early.
void InterruptSoon() {
  struct sigaction action {};
  action.sa_handler = [](int) {};
  Require(sigaction(SIGALRM, &action, nullptr) == 0);
  const itimerval every{{0, 100'000}, {0, 100'000}};
  Require(setitimer(ITIMER_REAL, &every, nullptr) == 0);
}

Answer WaitNonblocking() {
  ProbeTarget target = ProbeTarget::Make(body::AtGate);
  Require(fcntl(target.pidfd.get(), F_SETFL, O_NONBLOCK) == 0);
  InterruptSoon();
  const Result<siginfo_t> waited = sys::Waitid(abi::kIdPidfd, target.pidfd.get(), WEXITED);
  return {waited.error(), target.via};
}

const Registered<Probe> kWaitidNonblock{{
    .name = "waitid/nonblock",
    .since = {5, 10},
    .what = "waitid(2) on a non-blocking pidfd answers EAGAIN instead of sleeping",
    .tries = "waitid(P_PIDFD) on a live child through a non-blocking pidfd",
    .source = "pidfd_open(2), wait(2)",
    .libc = {"P_PIDFD", {2, 36}},
    .calls = {"waitid"},
    .attempt = WaitNonblocking,
    .present = {EAGAIN},
    .absent = {EINTR, EINVAL},
    .changes_process = true,
}};

}  // namespace
}  // namespace pidproof::features::waitid
