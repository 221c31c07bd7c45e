// The flags of clone3 that concern pidfds. All flags are checked before the pidfd is stored, and
// that is done before the child is made: with a bad address for it a known flag ends in EFAULT, an
// unknown one in EINVAL, and there is never a child.
#include <errno.h>
#include <linux/capability.h>
#include <sched.h>
#include <unistd.h>

#include "probes/probe.h"
#include "probes/system/require.h"
#include "probes/system/sys.h"

namespace pidproof::features::clone_flags {
namespace {

Answer WithoutPlaceForPidfd(std::uint64_t flags, int exit_signal) {
  abi::CloneArgs args{};
  args.flags = flags | abi::kClonePidfd;
  args.exit_signal = static_cast<std::uint64_t>(exit_signal);
  const Result<pid_t> made = sys::Clone3(args, abi::kCloneArgsSize57);
  if (made.ok() && *made == 0) _exit(0);
  return made;
}

const Registered<Probe> kPidfdThread{{
    .name = "clone/pidfd_thread",
    .since = {6, 9},
    .what = "CLONE_PIDFD with CLONE_THREAD: a pidfd of the new thread",
    .tries = "clone3(CLONE_THREAD | CLONE_PIDFD) with no place for the pidfd",
    .source = "clone(2), kernel/fork.c copy_process",
    .libc = {"clone3", LibcName::kNever},
    .calls = {"clone3"},
    .attempt = [] { return WithoutPlaceForPidfd(CLONE_THREAD | CLONE_SIGHAND | CLONE_VM, 0); },
    .present = {EFAULT},
    .absent = {EINVAL, ENOSYS},
}};

const Registered<Probe> kIntoCgroup{{
    .name = "clone3/into_cgroup",
    .since = {5, 7},
    .what = "CLONE_INTO_CGROUP: the child starts in a chosen cgroup",
    .tries = "clone3(CLONE_INTO_CGROUP | CLONE_PIDFD) with no place for the pidfd",
    .source = "clone(2), kernel/fork.c clone3_args_valid",
    .libc = {"clone3", LibcName::kNever},
    .calls = {"clone3"},
    .attempt = [] { return WithoutPlaceForPidfd(abi::kCloneIntoCgroup, SIGCHLD); },
    .present = {EFAULT},
    .absent = {EINVAL, ENOSYS},
}};

const Registered<Probe> kAutoreap{{
    .name = "clone3/autoreap",
    .since = {7, 1},
    .what = "CLONE_AUTOREAP: the child reaps itself and is never a zombie",
    .tries = "clone3(CLONE_AUTOREAP | CLONE_PIDFD) with no place for the pidfd",
    .source = "kernel/fork.c copy_process",
    .libc = {"clone3", LibcName::kNever},
    .calls = {"clone3"},
    .attempt = [] { return WithoutPlaceForPidfd(abi::kCloneAutoreap, 0); },
    .present = {EFAULT},
    .absent = {EINVAL, ENOSYS},
}};

const Registered<Probe> kNoNewPrivileges{{
    .name = "clone3/no_new_privs",
    .since = {7, 1},
    .what = "CLONE_NNP: the child starts with no_new_privs",
    .tries = "clone3(CLONE_NNP | CLONE_PIDFD) with no place for the pidfd",
    .source = "kernel/fork.c copy_process",
    .libc = {"clone3", LibcName::kNever},
    .calls = {"clone3"},
    .attempt = [] { return WithoutPlaceForPidfd(abi::kCloneNnp, SIGCHLD); },
    .present = {EFAULT},
    .absent = {EINVAL, ENOSYS},
}};

// EINVAL although the flag is known: the first of these flags is missing. Without the second it
// needs CAP_SYS_ADMIN.
const Registered<Probe> kAutokill{{
    .name = "clone3/autokill",
    .since = {7, 1},
    .what = "CLONE_PIDFD_AUTOKILL: the child dies when its pidfd is closed",
    .tries =
        "clone3(CLONE_PIDFD_AUTOKILL | CLONE_AUTOREAP | CLONE_NNP | CLONE_PIDFD) with no place "
        "for the pidfd",
    .source = "kernel/fork.c copy_process",
    .libc = {"clone3", LibcName::kNever},
    .calls = {"clone3"},
    .attempt =
        [] {
          return WithoutPlaceForPidfd(
              abi::kClonePidfdAutokill | abi::kCloneAutoreap | abi::kCloneNnp, 0);
        },
    .present = {EFAULT},
    .absent = {EINVAL, ENOSYS},
}};

// A mount namespace needs CAP_SYS_ADMIN, which is checked before the pidfd is stored. EPERM is the
// kernel's own answer only where invalid arguments get EINVAL.
Answer WithEmptyMounts() {
  Answer answer = WithoutPlaceForPidfd(abi::kCloneEmptyMntns, SIGCHLD);
  if (answer.error == EPERM) answer.before_kernel = sys::Clone3({}, 0).error() != EINVAL;
  return answer;
}

const Registered<Probe> kEmptyMounts{{
    .name = "clone3/empty_mntns",
    .since = {7, 1},
    .what =
        "CLONE_EMPTY_MNTNS: the child starts in a mount namespace that is empty (CAP_SYS_ADMIN)",
    .tries = "clone3(CLONE_EMPTY_MNTNS | CLONE_PIDFD) with no place for the pidfd",
    .source = "kernel/fork.c copy_process",
    .libc = {"clone3", LibcName::kNever},
    .calls = {"clone3"},
    .attempt = WithEmptyMounts,
    .present = {EFAULT},
    .absent = {EINVAL, ENOSYS},
    .denied = {EPERM},
    .capability = CAP_SYS_ADMIN,
}};

}  // namespace
}  // namespace pidproof::features::clone_flags
