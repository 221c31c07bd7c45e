// pidfd_getfd(2), and from which processes it may copy: itself, a child, a sibling. Yama restricts
// the last (seen in practice between the ranks of a parallel program).
#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "probes/probe.h"
#include "probes/probe_target.h"
#include "probes/system/require.h"
#include "probes/system/sys.h"

namespace pidproof::features::pidfd_getfd {
namespace {

// A closed pidfd is noticed before any permission check.
const Registered<Probe> kGetfd{{
    .name = "pidfd_getfd",
    .since = {5, 6},
    .what = "pidfd_getfd(2) duplicates a descriptor of another process",
    .tries = "pidfd_getfd(-1, -1)",
    .source = "pidfd_getfd(2)",
    .libc = {"pidfd_getfd", {2, 36}},
    .calls = {"pidfd_getfd"},
    .attempt = []() -> Answer { return sys::PidfdGetfd(-1, -1, 0); },
    .present = {EBADF},
    .absent = {ENOSYS},
}};

// Consents to being traced by any process, as far as Yama is concerned, and reports that by a byte
// in the pipe.
int consents[2];
int AtGateConsenting(int gate) {
  prctl(PR_SET_PTRACER, PR_SET_PTRACER_ANY, 0, 0, 0);
  const char done = 1;
  if (write(consents[1], &done, 1) != 1) return 1;
  return body::AtGate(gate);
}

ProbeTarget MakeConsenting() {
  Require(pipe2(consents, O_CLOEXEC) == 0);
  ProbeTarget target = ProbeTarget::Make(AtGateConsenting);
  char done = 0;
  Require(read(consents[0], &done, 1) == 1);
  for (const int end : consents) close(end);
  return target;
}

// Copies from a child of this process. Any open descriptor of the target will do.
int TakeFrom(const ProbeTarget& target) {
  return sys::PidfdGetfd(target.pidfd.get(), target.child.gate(), 0).error();
}

// The same from a process that is not an ancestor of the target.
int TakeFromSibling(const ProbeTarget& target) {
  const pid_t sibling = Require(sys::Fork());
  if (sibling == 0) _exit(TakeFrom(target));
  const siginfo_t ended = Require(sys::Waitid(P_PID, sibling, WEXITED));
  // A filter's SIGSYS is reported as it would be without a sibling.
  if (ended.si_code != CLD_EXITED) return TakeFrom(target);
  return ended.si_status;
}

template <int (*kTake)(const ProbeTarget&)>
Answer Take() {
  const ProbeTarget plain = ProbeTarget::Make(body::AtGate);
  Answer answer(kTake(plain), plain.via);
  if (answer.error == EPERM) answer.by_yama = kTake(MakeConsenting()) == 0;
  return answer;
}

const Registered<Probe> kChild{{
    .name = "pidfd_getfd/child",
    .since = {5, 6},
    .what = "pidfd_getfd(2) takes a descriptor of a child of the same user",
    .tries = "pidfd_getfd of a child's descriptor",
    .source = "pidfd_getfd(2), ptrace(2) PTRACE_MODE_ATTACH_REALCREDS",
    .libc = {"pidfd_getfd", {2, 36}},
    .calls = {"pidfd_getfd"},
    .attempt = Take<TakeFrom>,
    .present = {0},
    .absent = {ENOSYS},
    .denied = {EPERM},
    .capability = CAP_SYS_PTRACE,
}};

const Registered<Probe> kSibling{{
    .name = "pidfd_getfd/sibling",
    .since = {5, 6},
    .what = "pidfd_getfd(2) takes a descriptor of a sibling of the same user",
    .tries = "pidfd_getfd of a sibling's descriptor",
    .source = "pidfd_getfd(2), Documentation/admin-guide/LSM/Yama.rst",
    .libc = {"pidfd_getfd", {2, 36}},
    .calls = {"pidfd_getfd"},
    .attempt = Take<TakeFromSibling>,
    .present = {0},
    .absent = {ENOSYS},
    .denied = {EPERM},
    .capability = CAP_SYS_PTRACE,
}};

}  // namespace
}  // namespace pidproof::features::pidfd_getfd
