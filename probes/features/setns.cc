#include <errno.h>
#include <linux/capability.h>
#include <sched.h>

#include "probes/probe.h"
#include "probes/probe_target.h"
#include "probes/system/require.h"
#include "probes/system/sys.h"

namespace pidproof::features::setns {
namespace {

// A kernel that accepts pidfds notices that the process is gone (ESRCH) before it checks
// permission; an older one sees that it is not a namespace file (EINVAL). After ESRCH, joining
// one's own namespace shows whether it is permitted.
Answer JoinThroughPidfd() {
  ProbeTarget target = ProbeTarget::Make(body::AtGate);
  const int own = sys::Setns(target.pidfd.get(), CLONE_NEWUTS).error();
  target.child.Open();
  target.child.Reap();
  const int gone = sys::Setns(target.pidfd.get(), CLONE_NEWUTS).error();
  Answer answer(gone == ESRCH ? own : gone, target.via);
  answer.before_kernel = gone == EPERM;
  return answer;
}

const Registered<Probe> kSetns{{
    .name = "setns/pidfd",
    .since = {5, 8},
    .what = "setns(2) takes a pidfd and joins several namespaces at once (CAP_SYS_ADMIN)",
    .tries = "setns to the namespace of a child, alive and gone,",
    .source = "setns(2)",
    .libc = {"setns", {2, 14}},
    .calls = {"setns"},
    .attempt = JoinThroughPidfd,
    .present = {0},
    .absent = {EINVAL},
    .denied = {EPERM},
    .capability = CAP_SYS_ADMIN,
}};

}  // namespace
}  // namespace pidproof::features::setns
