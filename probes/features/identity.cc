// What a pidfd shows of its process: the PID in fdinfo, and the inode number.
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>

#include "probes/probe.h"
#include "probes/probe_target.h"
#include "probes/refusal/proc_refusal.h"
#include "probes/system/fdinfo.h"
#include "probes/system/require.h"
#include "probes/system/sys.h"

namespace pidproof::features::identity {
namespace {

Answer ReadPid() {
  ProbeTarget target = ProbeTarget::Make(body::AtGate);
  const Result<pid_t> pid = FdinfoPid(target.pidfd.get());
  if (pid.error() == EBADMSG) return {EBADMSG, target.via};
  if (!pid.ok()) return refusal::ProcRefusal(FdinfoPath(target.pidfd.get()), pid.error());
  return {*pid > 0 ? 0 : Answer::kNoEffect, target.via};
}

const Registered<Probe> kGetpid{{
    .name = "pidfd_getpid",
    .since = {5, 2},
    .what = "the PID behind a pidfd, from /proc/self/fdinfo (glibc 2.39 pidfd_getpid)",
    .tries = "reading Pid: in the pidfd's /proc/self/fdinfo",
    .source = "glibc pidfd_getpid.c, kernel/fork.c pidfd_show_fdinfo",
    .libc = {"pidfd_getpid", {2, 39}},
    .calls = {},
    .attempt = ReadPid,
    .present = {0},
    .absent = {EBADMSG, Answer::kNoEffect},
    .makes = {{SYS_openat}, {SYS_read}},
}};

// The inode number of a pidfd by one of the two calls, or the errno.
using InodeOf = Result<std::uint64_t> (*)(int fd);

Answer TwoProcessesTwoInodes(InodeOf inode_of) {
  ProbeTarget one = ProbeTarget::Make(body::AtGate);
  ProbeTarget other = ProbeTarget::Make(body::AtGate);
  const Result<std::uint64_t> first = inode_of(one.pidfd.get());
  const Result<std::uint64_t> second = inode_of(other.pidfd.get());
  if (!first.ok()) return first;
  if (!second.ok()) return second;
  const bool distinct = *first != *second;
  return {distinct ? 0 : Answer::kNoEffect, distinct ? one.via : "two processes, one inode number"};
}

Result<std::uint64_t> ByFstat(int fd) {
  struct stat status {};
  if (fstat(fd, &status) < 0) return Result<std::uint64_t>::Errno(errno);
  return status.st_ino;
}

Result<std::uint64_t> ByStatx(int fd) {
  struct statx status {};
  const sys::Status done = sys::Statx(fd, STATX_INO, &status);
  if (!done.ok()) return Result<std::uint64_t>::Errno(done.error());
  return status.stx_ino;
}

const Registered<Probe> kFstatInode{{
    .name = "fstat/inode",
    .since = {6, 9},
    .what = "fstat(2): the inode number of a pidfd identifies its process until the next boot",
    .tries = "fstat on the pidfds of two processes",
    .source = "fs/pidfs.c",
    .libc = {"fstat", {2, 2, 5}},
    .calls = {},
    .attempt = [] { return TwoProcessesTwoInodes(ByFstat); },
    .present = {0},
    .absent = {Answer::kNoEffect},
    .makes = {{SYS_newfstatat}},
}};

const Registered<Probe> kStatxInode{{
    .name = "statx/inode",
    .since = {6, 9},
    .what = "statx(2): the inode number of a pidfd identifies its process until the next boot",
    .tries = "statx on the pidfds of two processes",
    .source = "fs/pidfs.c",
    .libc = {"statx", {2, 28}},
    .calls = {},
    .attempt = [] { return TwoProcessesTwoInodes(ByStatx); },
    .present = {0},
    .absent = {Answer::kNoEffect},
    .makes = {{SYS_statx}},
}};

}  // namespace
}  // namespace pidproof::features::identity
