#include <errno.h>
#include <linux/capability.h>
#include <sys/xattr.h>

#include "probes/probe.h"
#include "probes/probe_target.h"
#include "probes/system/require.h"

namespace pidproof::features::xattr {
namespace {

constexpr char kUnsetName[] = "trusted.pidproof";

// Without CAP_SYS_ADMIN in the initial user namespace, trusted attributes do not exist (ENODATA) on
// any file. Removing a missing attribute shows whether the caller lacks it: EPERM.
Answer AskForAttribute() {
  ProbeTarget target = ProbeTarget::Make(body::AtGate);
  const int fd = target.pidfd.get();
  char value[16];
  if (fgetxattr(fd, kUnsetName, value, sizeof value) >= 0) return {0, target.via};
  const int error = errno;
  if (error == ENODATA && fremovexattr(fd, kUnsetName) < 0 && errno == EPERM) {
    throw Unsupported("without CAP_SYS_ADMIN no file shows trusted attributes");
  }
  return {error, target.via};
}

const Registered<Probe> kTrusted{{
    .name = "xattr/trusted",
    .since = {6, 17},
    .what = "pidfds carry trusted.* attributes, which stay with the process (CAP_SYS_ADMIN)",
    .tries = "fgetxattr of an attribute that a pidfd has not got",
    .source = "fs/pidfs.c pidfs_xattr_get",
    .calls = {"fgetxattr"},
    .attempt = AskForAttribute,
    .present = {ENODATA, 0},  // 0: 6.17 to 7.0 while the process never had an attribute
    .absent = {EOPNOTSUPP},
}};

}  // namespace
}  // namespace pidproof::features::xattr
