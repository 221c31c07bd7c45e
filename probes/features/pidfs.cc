// The filesystem of pidfds since 6.9. Before, they were anonymous inodes.
#include <errno.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <linux/capability.h>
#include <sys/vfs.h>

#include "probes/probe.h"
#include "probes/probe_target.h"
#include "probes/refusal/proc_refusal.h"
#include "probes/system/require.h"
#include "probes/system/sys.h"

namespace pidproof::features::pidfs {
namespace {

Result<bool> OnPidfs(int pidfd) {
  struct statfs status {};
  if (fstatfs(pidfd, &status) < 0) return Result<bool>::Errno(errno);
  return status.f_type == abi::kPidfsMagic;
}

Answer AskForFilesystem() {
  ProbeTarget target = ProbeTarget::Make(body::AtGate);
  const Result<bool> found = OnPidfs(target.pidfd.get());
  if (!found.ok()) return {found.error(), target.via};
  return {*found ? 0 : Answer::kNoEffect, target.via};
}

const Registered<Probe> kPidfs{{
    .name = "pidfs",
    .since = {6, 9},
    .what = "pidfds are files of a filesystem of their own",
    .tries = "fstatfs on a pidfd asking for the magic of pidfs",
    .source = "fs/pidfs.c, include/uapi/linux/magic.h PID_FS_MAGIC",
    .calls = {},
    .attempt = AskForFilesystem,
    .present = {0},
    .absent = {Answer::kNoEffect},
    .makes = {{SYS_fstatfs}},
}};

// An anonymous inode has no open operation: ENXIO. Both kinds of file belong to root; a user
// without access is refused first (EACCES).
Answer OpenAgain() {
  ProbeTarget target = ProbeTarget::Make(body::AtGate);
  const std::string link = fmt::format("/proc/self/fd/{}", target.pidfd.get());
  const Fd again(open(link.c_str(), O_RDONLY | O_CLOEXEC));
  if (again) return {0, target.via};
  const int error = errno;
  if (error == EACCES && !Require(OnPidfs(target.pidfd.get()))) {
    return {Answer::kNoEffect, "EACCES, to the file of an anonymous inode"};
  }
  if (error == ENOENT) return refusal::ProcRefusal(link, error);
  return {error, target.via};
}

const Registered<Probe> kReopen{{
    .name = "pidfs/reopen",
    .since = {6, 9},
    .what = "open(2) of /proc/self/fd/N opens the process of a pidfd once more",
    .tries = "open of a pidfd's /proc/self/fd link",
    .source = "fs/pidfs.c",
    .calls = {},
    .attempt = OpenAgain,
    .present = {0},
    .absent = {ENXIO, Answer::kNoEffect},
    .denied = {EACCES},
    .capability = CAP_DAC_OVERRIDE,
    .makes = {{SYS_openat}},
}};

// 0 is the whole number on 64-bit kernels, so the success of the call is the answer.
Answer AskForGeneration() {
  ProbeTarget target = ProbeTarget::Make(body::AtGate);
  long generation = -1;
  const sys::Status asked = sys::Ioctl(target.pidfd.get(), abi::kFsIocGetversion,
                                       reinterpret_cast<std::uintptr_t>(&generation));
  return {asked.error(), target.via};
}

const Registered<Probe> kGetversion{{
    .name = "ioctl/getversion",
    .since = {6, 14},
    .what = "FS_IOC_GETVERSION: the inode generation, the rest of a pidfd's identity on 32 bits",
    .tries = "ioctl(FS_IOC_GETVERSION) on a pidfd",
    .source = "fs/pidfs.c pidfd_ioctl",
    .calls = {"ioctl_getversion"},
    .attempt = AskForGeneration,
    .present = {0},
    .absent = {ENOTTY, EINVAL},
}};

}  // namespace
}  // namespace pidproof::features::pidfs
