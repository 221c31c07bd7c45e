// File handles of pidfds: a name for a process that outlives every descriptor and is never reused
// within a boot.
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>

#include "probes/probe.h"
#include "probes/probe_target.h"
#include "probes/system/require.h"
#include "probes/system/sys.h"

namespace pidproof::features::file_handle {
namespace {

Answer AskForHandle() {
  ProbeTarget target = ProbeTarget::Make(body::AtGate);
  abi::PidfdHandle handle;
  return {sys::NameToHandle(target.pidfd.get(), handle).error(), target.via};
}

const Registered<Probe> kName{{
    .name = "name_to_handle_at",
    .since = {6, 14},
    .what = "name_to_handle_at(2) gives a handle of a pidfd's process",
    .tries = "name_to_handle_at on a pidfd",
    .source = "fs/pidfs.c pidfs_encode_fh",
    .libc = {"name_to_handle_at", {2, 14}},
    .calls = {"name_to_handle_at"},
    .attempt = AskForHandle,
    .present = {0},
    .absent = {EOPNOTSUPP, ENOSYS},
}};

// Up to 6.13 handles need CAP_DAC_READ_SEARCH, and without it some kernels answer EPERM to every
// request. Later ones read the handle first (EFAULT), and pidfds need no capability. So EPERM comes
// from a filter where pidfds have handles, and from an old kernel where they have none.
Answer Refused(const ProbeTarget& target) {
  Answer answer(EPERM, target.via);
  const int fault = sys::OpenByHandle(target.pidfd.get(), nullptr, O_RDWR).error();
  abi::PidfdHandle handle;
  const int named = sys::NameToHandle(target.pidfd.get(), handle).error();
  answer.before_kernel = named == 0 && fault == EPERM;
  if (named == EOPNOTSUPP) return {EOPNOTSUPP, "EPERM, and pidfds have no handles"};
  return answer;
}

// The handle is the inode number, which fstat(2) of a pidfd returns too.
abi::PidfdHandle HandleOf(int pidfd) {
  struct stat status {};
  Require(fstat(pidfd, &status) == 0);
  abi::PidfdHandle handle;
  handle.inode = status.st_ino;
  return handle;
}

Answer OpenHandle() {
  ProbeTarget target = ProbeTarget::Make(body::AtGate);
  const abi::PidfdHandle handle = HandleOf(target.pidfd.get());
  const Result<Fd> opened = sys::OpenByHandle(target.pidfd.get(), &handle, O_RDWR | O_CLOEXEC);
  if (opened.error() == EPERM) return Refused(target);
  if (!opened.ok()) return {opened.error(), target.via};
  const bool same = HandleOf(opened->get()).inode == handle.inode;
  return {same ? 0 : Answer::kNoEffect, target.via};
}

const Registered<Probe> kOpen{{
    .name = "open_by_handle_at",
    .since = {6, 14},
    .what = "open_by_handle_at(2) opens a process by its handle, with any pidfd as the mount",
    .tries = "open_by_handle_at of a process through its own pidfd",
    .source = "fs/pidfs.c pidfs_fh_to_dentry",
    .libc = {"open_by_handle_at", {2, 14}},
    .calls = {"open_by_handle_at"},
    .attempt = OpenHandle,
    .present = {0},
    .absent = {ESTALE, EOPNOTSUPP, ENOSYS, Answer::kNoEffect},
}};

// No process has inode number 0. The root is looked up first: a closed descriptor is EBADF.
Answer OpenFromRoot() {
  const abi::PidfdHandle no_process;
  const int error = sys::OpenByHandle(abi::kPidfsRoot, &no_process, O_RDWR | O_CLOEXEC).error();
  return error == EPERM ? Refused(ProbeTarget::Make(body::AtGate)) : Answer(error);
}

const Registered<Probe> kRoot{{
    .name = "open_by_handle_at/root",
    .since = {6, 17},
    .what = "FD_PIDFS_ROOT: open_by_handle_at(2) opens a process without any pidfd",
    .tries = "open_by_handle_at(FD_PIDFS_ROOT) of a handle that no process has",
    .source = "fs/fhandle.c get_path_anchor",
    .libc = {"FD_PIDFS_ROOT", {2, 43}},
    .calls = {"open_by_handle_at"},
    .attempt = OpenFromRoot,
    .present = {ESTALE},
    .absent = {EBADF, EOPNOTSUPP, ENOSYS},
}};

Answer OpenThread() {
  ProbeTarget target = ProbeTarget::Make(body::AtGate);
  const abi::PidfdHandle handle = HandleOf(target.pidfd.get());
  const int flags = O_RDWR | O_CLOEXEC | static_cast<int>(abi::kPidfdThread);
  const Result<Fd> opened = sys::OpenByHandle(target.pidfd.get(), &handle, flags);
  if (opened.error() == EPERM) return Refused(target);
  if (!opened.ok()) return {opened.error(), target.via};
  const int kept = fcntl(opened->get(), F_GETFL);
  Require(kept >= 0);
  const bool thread = (static_cast<unsigned>(kept) & abi::kPidfdThread) != 0;
  return {thread ? 0 : Answer::kNoEffect, thread ? target.via : "a pidfd of the process"};
}

const Registered<Probe> kThread{{
    .name = "open_by_handle_at/thread",
    .since = {7, 2},
    .what = "open_by_handle_at(2) with PIDFD_THREAD opens a pidfd of a thread",
    .tries = "open_by_handle_at(PIDFD_THREAD) of a process through its own pidfd",
    .source = "fs/pidfs.c pidfs_export_open",
    .libc = {"open_by_handle_at", {2, 14}},
    .calls = {"open_by_handle_at"},
    .attempt = OpenThread,
    .present = {0},
    .absent = {Answer::kNoEffect, ESTALE, EOPNOTSUPP, ENOSYS},
}};

}  // namespace
}  // namespace pidproof::features::file_handle
