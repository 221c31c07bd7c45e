#include <errno.h>
#include <sched.h>

#include "probes/probe.h"
#include "probes/require.h"
#include "probes/subject.h"
#include "probes/sys.h"

namespace pidproof {
namespace {

// A kernel that takes pidfds notices that the process is gone (ESRCH) before it asks for rights; an
// older one sees no namespace file (EINVAL). Where the first is seen, joining one's own namespace
// tells the rights.
Answer JoinThroughPidfd() {
  Subject subject = Subject::Make(body::Lingers);
  const int own = sys::Setns(subject.pidfd.get(), CLONE_NEWUTS).error();
  subject.child.Kill();
  subject.child.Reap();
  const int gone = sys::Setns(subject.pidfd.get(), CLONE_NEWUTS).error();
  if (gone != ESRCH) return {gone, subject.via};
  if (own == 0) return {0, subject.via};
  // Seen as ESRCH and then refused: the kernel's own refusal, told apart from a filter's by that.
  return own == EPERM ? Answer(ESRCH, "and EPERM for one's own namespace")
                      : Answer(own, subject.via);
}

const Registered<Probe> kSetns{{
    .name = "setns/pidfd",
    .since = {5, 8},
    .what = "setns(2) takes a pidfd and joins several namespaces at once (CAP_SYS_ADMIN)",
    .tries = "setns to the namespace of a child, alive and gone,",
    .source = "setns(2)",
    .calls = {"setns"},
    .attempt = JoinThroughPidfd,
    .present = {0},
    .absent = {EINVAL, ENOSYS},
    .denied = {ESRCH},
}};

}  // namespace
}  // namespace pidproof
