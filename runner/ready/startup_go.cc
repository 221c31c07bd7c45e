// Go 1.26.10: src/os/pidfd_linux.go, src/syscall/exec_linux.go.
#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <unistd.h>

#include "probes/system/sys.h"
#include "runner/ready/startup.h"

namespace pidproof::runner::ready {
namespace {

constexpr std::uint64_t kLikeVfork = CLONE_VFORK | CLONE_VM | abi::kClonePidfd;

// checkPidfd up to its clone: a pidfd of itself, a wait that must answer ECHILD, signal 0.
bool ChecksItself(const Walk& walk, const Result<Fd>& self) {
  if (!self.ok()) return false;
  walk.Next("waitid/p_pidfd");
  if (WaitThrough(self->get(), WEXITED) != ECHILD) return false;
  walk.Next("pidfd_send_signal");
  return sys::PidfdSendSignal(self->get(), 0, nullptr, 0).ok();
}

// os_checkClonePidfd: the descriptor must be written, and its child, which sends no signal when it
// ends, be waited for through it.
bool ChecksClone(const Walk& walk) {
  walk.Next("clone/pidfd");
  const Made made = MadeByClone(kLikeVfork, false);
  if (made.error != 0) return false;
  if (!made.pidfd) {
    ReapByPid(made.pid);
    return false;
  }
  walk.Next("waitid/p_pidfd");
  return WaitThrough(made.pidfd.get(), WEXITED | __WCLONE) == 0;
}

// forkAndExecInChild1 and pidfdWait.
bool StartsProcess(const Walk& walk) {
  walk.Next("clone/pidfd");
  const Made made = MadeByClone(kLikeVfork | SIGCHLD, false);
  if (made.error != 0) return false;
  if (!made.pidfd) {
    ReapByPid(made.pid);
    return false;
  }
  walk.Next("waitid/p_pidfd");
  rusage usage;
  return WaitThrough(made.pidfd.get(), WEXITED, &usage) == 0;
}

bool Checks(const Walk& walk, bool with_clone) {
  walk.Next("pidfd_open");
  const Result<Fd> self = sys::PidfdOpen(getpid(), 0);
  return ChecksItself(walk, self) && (!with_clone || ChecksClone(walk));
}

void Start(const Walk& walk, bool with_clone) {
  if (!Checks(walk, with_clone)) return walk.End(Impact::kDegradedSilently);
  walk.End(StartsProcess(walk) ? Impact::kWorks : Impact::kBrokenLate);
}

// 1.23.0 does not try clone before its first process needs it.
const Registered<Startup> kGo1230{{"go-1.23.0", [](const Walk& walk) { Start(walk, false); }}};
const Registered<Startup> kGo124{{"go-1.24", [](const Walk& walk) { Start(walk, true); }}};

}  // namespace
}  // namespace pidproof::runner::ready
