#include <errno.h>
#include <linux/capability.h>
#include <sched.h>
#include <sys/ipc.h>
#include <sys/msg.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <string_view>

#include "probes/probe.h"
#include "probes/probe_target.h"
#include "probes/system/require.h"
#include "probes/system/sys.h"
#include "probes/system/unshare.h"

namespace pidproof::features::setns_several {
namespace {

constexpr int kBoth = CLONE_NEWUTS | CLONE_NEWIPC;
constexpr std::string_view kAway = "pidproof-away";
constexpr key_t kQueue = 0x70696450;

// Leaves two namespaces for new ones and marks each, where permitted.
bool GoAway() {
  if (!sys::Unshare(kBoth).ok()) return false;
  Require(sethostname(kAway.data(), kAway.size()) == 0);
  return msgget(kQueue, IPC_CREAT | 0600) >= 0 || errno == ENOSYS;
}

bool SeesMarks() {
  utsname names{};
  Require(uname(&names) == 0);
  return names.nodename == kAway || msgget(kQueue, 0) >= 0;
}

// As with setns/pidfd: only a kernel that accepts pidfds answers ESRCH once the process is gone.
Answer ComeBack() {
  ProbeTarget target = ProbeTarget::Make(body::AtGate);
  const bool away = GoAway();
  int joined = sys::Setns(target.pidfd.get(), kBoth).error();
  if (away && joined == 0 && SeesMarks()) joined = Answer::kNoEffect;
  target.child.Open();
  target.child.Reap();
  const int gone = sys::Setns(target.pidfd.get(), kBoth).error();
  Answer answer(gone == ESRCH ? joined : gone, target.via);
  answer.before_kernel = gone == EPERM;
  return answer;
}

const Registered<Probe> kSeveral{{
    .name = "setns/several",
    .since = {5, 8},
    .what = "setns(2) with a pidfd joins several namespaces of a process at once (CAP_SYS_ADMIN)",
    .tries = "setns(CLONE_NEWUTS | CLONE_NEWIPC) back to a child's namespaces",
    .source = "setns(2)",
    .libc = {"setns", {2, 14}},
    .calls = {"setns"},
    .attempt = ComeBack,
    .present = {0},
    .absent = {EINVAL, Answer::kNoEffect},
    .denied = {EPERM},
    .capability = CAP_SYS_ADMIN,
    .changes_process = true,
}};

}  // namespace
}  // namespace pidproof::features::setns_several
