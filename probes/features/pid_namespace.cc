// The PIDs of a PID namespace: their limit and their order. Nothing is written here that a kernel
// would accept.
#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <sched.h>
#include <unistd.h>

#include <charconv>

#include "probes/probe.h"
#include "probes/refusal/proc_refusal.h"
#include "probes/system/require.h"
#include "probes/system/sys.h"
#include "probes/system/unshare.h"

namespace pidproof::features::pid_namespace {
namespace {

constexpr char kPidMax[] = "/proc/sys/kernel/pid_max";
constexpr char kNsLastPidFile[] = "/proc/sys/kernel/ns_last_pid";
constexpr int kLimit = 4194304;  // PID_MAX_LIMIT, the initial value in a new namespace

int OpenForWriting(const char* path) {
  const Fd file(open(path, O_WRONLY | O_CLOEXEC));
  return file ? 0 : errno;
}

Result<int> ReadPidMax() {
  const Fd file(open(kPidMax, O_RDONLY | O_CLOEXEC));
  if (!file) return Result<int>::Errno(errno);
  char text[16];
  const ssize_t size = read(file.get(), text, sizeof text);
  int value = 0;
  if (size <= 0 || std::from_chars(text, text + size, value).ec != std::errc()) {
    return Result<int>::Errno(EBADMSG);
  }
  return value;
}

enum Seen { kOwn, kShared, kUndecided };

// What look sees in a child.
template <typename Look>
Seen InChild(const Look& look) {
  const pid_t child = Require(sys::Fork());
  if (child == 0) _exit(look());
  const siginfo_t ended = Require(sys::Waitid(P_PID, child, WEXITED));
  return ended.si_code == CLD_EXITED ? static_cast<Seen>(ended.si_status) : kUndecided;
}

// A limit of the namespace's own belongs to its owner, who may therefore open the file for writing;
// the machine's limit stays root's. The file is only opened, not written.
Seen SeenByOwner() {
  constexpr id_t kNobody = 65534;
  // Root could open both; another user need not change.
  if (setresgid(kNobody, kNobody, kNobody) < 0 || setresuid(kNobody, kNobody, kNobody) < 0) {
    if (geteuid() == 0) return kUndecided;
  }
  if (OpenForWriting(kPidMax) != EACCES) return kUndecided;
  if (!sys::Unshare(CLONE_NEWUSER | CLONE_NEWPID).ok()) return kUndecided;
  return InChild([] {
    const int error = OpenForWriting(kPidMax);
    return error == 0 ? kOwn : error == EACCES ? kShared : kUndecided;
  });
}

// A new namespace starts with the highest limit, whatever the outer one has.
Seen SeenByReading(int outside) {
  if (outside == kLimit || !sys::Unshare(CLONE_NEWPID).ok()) return kUndecided;
  return InChild([outside] {
    const Result<int> inside = ReadPidMax();
    if (!inside.ok()) return kUndecided;
    return *inside == outside ? kShared : *inside == kLimit ? kOwn : kUndecided;
  });
}

Answer LimitOfItsOwn() {
  const Result<int> outside = ReadPidMax();
  if (!outside.ok()) return refusal::ProcRefusal(kPidMax, outside.error());
  const Seen by_owner = InChild(SeenByOwner);
  if (by_owner != kUndecided) {
    return {by_owner == kOwn ? 0 : Answer::kNoEffect, "by who may open it for writing"};
  }
  const Seen by_reading = InChild([&] { return SeenByReading(*outside); });
  if (by_reading != kUndecided) {
    return {by_reading == kOwn ? 0 : Answer::kNoEffect, "by reading it inside and outside"};
  }
  const int refused = OpenForWriting(kPidMax);
  if (refused == EROFS) {
    Answer answer = refusal::ProcRefusal(kPidMax, refused);
    answer.error = Answer::kNotTried;
    return answer;
  }
  throw Unsupported("a PID namespace to look into cannot be made here, or would look the same");
}

const Registered<Probe> kPidMaxOfItsOwn{{
    .name = "pid_namespace/pid_max",
    .since = {6, 14},
    .what =
        "each PID namespace has a pid_max of its own; before, writing it changes the whole machine",
    .tries = "looking at pid_max from inside a new PID namespace",
    .source = "kernel/pid.c pid_table_root_permissions, kernel/pid_namespace.c",
    .calls = {},
    .attempt = LimitOfItsOwn,
    .present = {0},
    .absent = {Answer::kNoEffect},
    .makes = {{SYS_openat}, {SYS_unshare}},
}};

// Permission is checked first (EPERM), then the text is parsed: it is not a number (EINVAL).
Answer WriteNotANumber() {
  const Fd file(open(kNsLastPidFile, O_WRONLY | O_CLOEXEC));
  if (!file) return refusal::ProcRefusal(kNsLastPidFile, errno);
  if (!refusal::IsOfProc(kNsLastPidFile))
    return refusal::ProcRefusal(kNsLastPidFile, EACCES);  // a mask
  return write(file.get(), "x", 1) < 0 ? errno : 0;
}

const Registered<Probe> kNsLastPid{{
    .name = "ns_last_pid",
    .since = {3, 3},
    .what = "/proc/sys/kernel/ns_last_pid sets the next PID (CAP_CHECKPOINT_RESTORE)",
    .tries = "writing text that is not a number to ns_last_pid",
    .source = "pid_namespaces(7), kernel/pid_namespace.c pid_ns_ctl_handler",
    .calls = {},
    .attempt = WriteNotANumber,
    .present = {EINVAL},
    .absent = {ENOENT},
    .denied = {EPERM, EACCES, EROFS},
    .capability = CAP_CHECKPOINT_RESTORE,
    .makes = {{SYS_openat}, {SYS_write}},
}};

}  // namespace
}  // namespace pidproof::features::pid_namespace
