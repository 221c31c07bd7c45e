#include <errno.h>
#include <linux/capability.h>
#include <unistd.h>

#include "probes/probe.h"
#include "probes/system/require.h"
#include "probes/system/sys.h"

namespace pidproof::features::clone {
namespace {

// A kernel that does not know the flag makes the child all the same and leaves the descriptor
// unwritten.
Answer CloneWithPidfd() {
  int pidfd = -1;
  const Result<pid_t> made = sys::Clone(abi::kClonePidfd, SIGCHLD, &pidfd);
  if (!made.ok()) return made;
  if (*made == 0) _exit(0);
  static_cast<void>(sys::Waitid(P_PID, *made, WEXITED));
  return Fd(pidfd) ? 0 : Answer::kNoEffect;
}

const Registered<Probe> kClonePidfd{{
    .name = "clone/pidfd",
    .since = {5, 2},
    .what = "clone(2) with CLONE_PIDFD returns a pidfd of the child it makes",
    .tries = "clone(CLONE_PIDFD) of a child",
    .source = "clone(2)",
    .libc = {"CLONE_PIDFD", {2, 31}},
    .calls = {"clone"},
    .attempt = CloneWithPidfd,
    .present = {0},
    .absent = {Answer::kNoEffect, EINVAL},
    .makes = {{SYS_clone, {abi::kClonePidfd | SIGCHLD}}},
}};

// The kernel stores the descriptor's number before the child can run: a bad address is EFAULT and
// leaves no child.
Answer Clone3WithBadPidfdAddress() {
  abi::CloneArgs args{};
  args.flags = abi::kClonePidfd;
  args.exit_signal = SIGCHLD;
  const Result<pid_t> made = sys::Clone3(args, abi::kCloneArgsSize53);
  if (made.ok() && *made == 0) _exit(0);
  return made;
}

const Registered<Probe> kClone3Pidfd{{
    .name = "clone3/pidfd",
    .since = {5, 3},
    .what = "clone3(2) with CLONE_PIDFD returns a pidfd of the child it makes",
    .tries = "clone3(CLONE_PIDFD) with no place for the pidfd",
    .source = "clone3(2), kernel/fork.c copy_process",
    .libc = {"clone3", LibcName::kNever},
    .calls = {"clone3"},
    .attempt = Clone3WithBadPidfdAddress,
    .present = {EFAULT},
    .absent = {ENOSYS, EINVAL, E2BIG},
}};

// Its own PID is in use, so no child can be made: EEXIST for callers that may choose PIDs, EPERM
// for others.
Answer Clone3AsMyself() {
  const pid_t mine = getpid();
  abi::CloneArgs args{};
  args.exit_signal = SIGCHLD;
  args.set_tid = reinterpret_cast<std::uint64_t>(&mine);
  args.set_tid_size = 1;
  const Result<pid_t> made = sys::Clone3(args, abi::kCloneArgsSize55);
  if (made.ok() && *made == 0) _exit(0);
  return made;
}

// EPERM is the kernel's own answer only where invalid arguments get EINVAL.
Answer Clone3SetTid() {
  Answer answer = Clone3AsMyself();
  if (answer.error != EPERM) return answer;
  const abi::CloneArgs none{};
  answer.before_kernel = sys::Clone3(none, 0).error() != EINVAL;
  return answer;
}

const Registered<Probe> kClone3SetTid{{
    .name = "clone3/set_tid",
    .since = {5, 5},
    .what = "clone3(2) makes a child with a chosen PID (CAP_CHECKPOINT_RESTORE)",
    .tries = "clone3(set_tid) asking for a PID in use",
    .source = "clone3(2), kernel/pid.c alloc_pid",
    .libc = {"clone3", LibcName::kNever},
    .calls = {"clone3"},
    .attempt = Clone3SetTid,
    .present = {EEXIST},
    .absent = {ENOSYS, E2BIG, EOPNOTSUPP},
    .denied = {EPERM},
    .capability = CAP_CHECKPOINT_RESTORE,
}};

}  // namespace
}  // namespace pidproof::features::clone
