// Pidfds and mounts.
#include <errno.h>
#include <fmt/format.h>
#include <limits.h>
#include <linux/capability.h>
#include <sched.h>

#include "probes/probe.h"
#include "probes/probe_target.h"
#include "probes/system/require.h"
#include "probes/system/sys.h"
#include "probes/system/unshare.h"
#include "probes/system/user_namespace.h"

namespace pidproof::features::mount {
namespace {

// The privilege to mount is checked before the descriptor: EPERM says nothing about it. In a new
// user namespace this process has the privilege. An unknown flag is EINVAL before all else, so an
// EPERM for it comes from a filter.
Answer CloneMount() {
  constexpr unsigned kNoSuchFlag = 0x4000'0000;
  ProbeTarget target = ProbeTarget::Make(body::AtGate);
  const int fd = target.pidfd.get();
  const int error = sys::OpenTree(fd, abi::kOpenTreeClone).error();
  Answer answer(error, target.via);
  if (error != EPERM) return answer;
  answer.before_kernel = sys::OpenTree(fd, kNoSuchFlag).error() != EINVAL;
  if (answer.before_kernel) return answer;
  const sys::Status own = sys::Unshare(CLONE_NEWUSER | CLONE_NEWNS);
  if (!own.ok()) {
    throw Unsupported(
        fmt::format("open_tree answers EPERM whatever is asked for without CAP_SYS_ADMIN, and {}",
                    WhyNoUserNamespace(own.error())));
  }
  const int with_right = sys::OpenTree(fd, abi::kOpenTreeClone).error();
  if (with_right == 0) return answer;
  return {with_right, "in a user namespace of its own"};
}

const Registered<Probe> kBindMount{{
    .name = "open_tree/bind_mount",
    .since = {6, 14},
    .what = "open_tree(2) makes a mount of a pidfd that can be bound to a path (CAP_SYS_ADMIN)",
    .tries = "open_tree(OPEN_TREE_CLONE) on a pidfd",
    .source = "fs/namespace.c may_copy_tree",
    .libc = {"open_tree", {2, 36}},
    .calls = {"open_tree"},
    .attempt = CloneMount,
    .present = {0},
    .absent = {EINVAL, ENOSYS},
    .denied = {EPERM},
    .capability = CAP_SYS_ADMIN,
    .changes_process = true,
}};

// The field was reserved before 6.18 (late 6.12.y and 6.17.y have it too): any value but 0 is
// EINVAL. So are mount IDs up to 2^31.
const Registered<Probe> kStatmount{{
    .name = "statmount/mnt_ns_fd",
    .since = {6, 18},
    .what = "statmount(2) takes the mount namespace that PIDFD_GET_MNT_NAMESPACE gives",
    .tries = "statmount in the mount namespace of a closed descriptor",
    .source = "statmount(2), fs/namespace.c grab_requested_mnt_ns",
    .libc = {"statmount", LibcName::kNever},
    .calls = {"statmount"},
    .attempt = []() -> Answer { return sys::Statmount({.mnt_ns_fd = INT_MAX, .mnt_id = ~0ull}); },
    .present = {EBADF},
    .absent = {EINVAL, ENOSYS},
}};

}  // namespace
}  // namespace pidproof::features::mount
