// Comparing two pidfds, and what kind of file a pidfd is.
#include <fmt/format.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "probes/system/require.h"
#include "probes/system/sys.h"
#include "probes/system/unix_socket.h"
#include "scenarios/scenario.h"
#include "scenarios/tested.h"

namespace pidproof::scenarios::conformance::identity_compare {
namespace {

constexpr std::string_view kNoFile = "a PID is not a file";

Fd Open(pid_t number, unsigned flags = 0) { return Require(tested::PidfdOpen(number, flags)); }

struct stat StatusOf(const Fd& fd) {
  struct stat status {};
  Require(fstat(fd.get(), &status) == 0);
  return status;
}

Outcome CompareInodes(const Fd& one, const Fd& other) {
  const struct stat first = StatusOf(one);
  const struct stat second = StatusOf(other);
  return first.st_dev == second.st_dev && first.st_ino == second.st_ino ? "same" : "different";
}

// Compares two descriptors as open files.
Outcome CompareFiles(const Fd& one, const Fd& other) {
  const Result<bool> same = sys::SameOpenFile(one.get(), other.get());
  if (!same.ok())
    throw Unsupported(fmt::format("kcmp is refused here ({})", Outcome::Of(same.error()).word));
  return *same ? "same" : "different";
}

// The descriptors to compare a pidfd with.
Fd Duplicate(const Fd& one, pid_t) { return Fd(dup(one.get())); }
Fd OpenAgain(const Fd&, pid_t number) { return Open(number); }
Fd OpenFirstThread(const Fd&, pid_t number) { return Open(number, abi::kPidfdThread); }

// Sends it to this process itself, through a socket pair.
Fd Pass(const Fd& one, pid_t) {
  const SocketPair pair;
  Require(SendWith(pair.sender.get(), SCM_RIGHTS, one.get()) == 0);
  int received = -1;
  Require(Require(ReceiveWith(pair.receiver.get(), SCM_RIGHTS, received, 0)).came);
  return Fd(received);
}

// Compares the pidfd of a child with that one.
template <auto kCompare, auto kOther>
Outcome Compared(Arena& arena) {
  const Child child = arena.Spawn(body::Lingers);
  const Fd one = Open(child.pid());
  return kCompare(one, kOther(one, child.pid()));
}

const Registered<Conformance> kDuplicate{{
    .name = "identity/duplicate",
    .question = "Can a pidfd and its duplicate be recognised as one process?",
    .without_pid_namespace = kPidfdOnly,
    .pidfd = {.needs = {"pidfd_open", "fstat/inode"},
              .claims = {Must("same", "two descriptors of one open file", "dup(2)")},
              .ask = Compared<CompareInodes, Duplicate>},
    .legacy = NotPossible(kNoFile),
}};

const Registered<Conformance> kKcmpDuplicate{{
    .name = "identity/kcmp_duplicate",
    .question = "Does kcmp report that a pidfd and its duplicate are the same open file?",
    .without_pid_namespace = kPidfdOnly,
    .pidfd = {.needs = {"pidfd_open"},
              .claims = {Must("same", "two descriptors of one open file", "kcmp(2)")},
              .ask = Compared<CompareFiles, Duplicate>},
    .legacy = NotPossible(kNoFile),
}};

const Registered<Conformance> kKcmpOpened{{
    .name = "identity/kcmp_opened_twice",
    .question = "Does kcmp report that two pidfds refer to one process?",
    .without_pid_namespace = kPidfdOnly,
    .pidfd = {.needs = {"pidfd_open"},
              .claims = {Must("different",
                              "kcmp compares open files, not processes: use the inode number",
                              "kcmp(2)")},
              .ask = Compared<CompareFiles, OpenAgain>},
    .legacy = NotPossible(kNoFile),
}};

const Registered<Conformance> kLeader{{
    .name = "identity/leader_thread",
    .question = "Can a process's pidfd and a pidfd of its first thread be recognised as related?",
    .without_pid_namespace = kPidfdOnly,
    .pidfd = {.needs = {"pidfd_open/thread", "fstat/inode"},
              .claims = {Must("same", "the inode belongs to the struct pid that both share",
                              "Linux 6.9 fs/pidfs.c")},
              .ask = Compared<CompareInodes, OpenFirstThread>},
    .legacy = NotPossible("a process's PID is the TID of its first thread"),
}};

const Registered<Conformance> kPassed{{
    .name = "identity/passed",
    .question = "Does a pidfd that was passed through a socket refer to the same process?",
    .without_pid_namespace = kPidfdOnly,
    .pidfd = {.needs = {"pidfd_open", "fstat/inode"},
              .claims = {Must("same", "SCM_RIGHTS passes the open file itself", "unix(7)")},
              .ask = Compared<CompareInodes, Pass>},
    .legacy = NotPossible("a PID sent as data is not translated for the receiver"),
}};

const Registered<Conformance> kPassedFile{{
    .name = "identity/passed_file",
    .question = "Is a pidfd that was passed through a socket the same open file?",
    .without_pid_namespace = kPidfdOnly,
    .pidfd = {.needs = {"pidfd_open"},
              .claims = {Must("same", "SCM_RIGHTS passes the open file itself", "unix(7)")},
              .ask = Compared<CompareFiles, Pass>},
    .legacy = NotPossible("a PID sent as data is not translated for the receiver"),
}};

const Registered<Conformance> kPassedOn{{
    .name = "identity/passed_close_on_exec",
    .question = "Is a pidfd close-on-exec after it was passed through a socket?",
    .without_pid_namespace = kPidfdOnly,
    .pidfd = {.needs = {"pidfd_open"},
              .claims = {Must(
                  "survives_exec",
                  "the flag belongs to the descriptor: the receiver sets MSG_CMSG_CLOEXEC",
                  "recv(2)")},
              .ask = [](Arena& arena) -> Outcome {
                const Child child = arena.Spawn(body::Lingers);
                const Fd passed = Pass(Open(child.pid()), child.pid());
                return (fcntl(passed.get(), F_GETFD) & FD_CLOEXEC) != 0 ? "close_on_exec"
                                                                        : "survives_exec";
              }},
    .legacy = NotPossible(kNoFile),
}};

const Registered<Conformance> kFilesystem{{
    .name = "identity/filesystem",
    .question = "Can a pidfd be recognised by the filesystem type that fstatfs reports?",
    .without_pid_namespace = kPidfdOnly,
    .pidfd = {.needs = {"pidfd_open"},
              .claims = {Must("pidfs", "PID_FS_MAGIC is unique to pidfds",
                              "Linux 6.9 include/uapi/linux/magic.h")
                             .Since(eras::kPidfs),
                         May("anonymous", "all anonymous inodes shared one filesystem type",
                             "statfs(2)")
                             .Until(eras::kPidfs)},
              .ask = [](Arena& arena) -> Outcome {
                constexpr long kAnonymous = 0x09041934;  // ANON_INODE_FS_MAGIC
                const Child child = arena.Spawn(body::Lingers);
                struct statfs status {};
                Require(fstatfs(Open(child.pid()).get(), &status) == 0);
                if (status.f_type == abi::kPidfsMagic) return "pidfs";
                return status.f_type == kAnonymous ? "anonymous" : "unknown";
              }},
    .legacy = NotPossible(kNoFile),
}};

const Registered<Conformance> kType{{
    .name = "identity/file_type",
    .question = "Which file type does fstat report for a pidfd?",
    .without_pid_namespace = kPidfdOnly,
    .pidfd = {.needs = {"pidfd_open"},
              .claims = {Must("none", "none: S_ISREG and all similar tests are false",
                              "fs/pidfs.c, fs/anon_inodes.c")},
              .ask = [](Arena& arena) -> Outcome {
                const Child child = arena.Spawn(body::Lingers);
                return (StatusOf(Open(child.pid())).st_mode & S_IFMT) == 0 ? "none" : "some";
              }},
    .legacy = NotPossible(kNoFile),
}};

const Registered<Conformance> kLink{{
    .name = "identity/link_text",
    .question = "What is the target of a pidfd's link in /proc/self/fd?",
    .without_pid_namespace = kPidfdOnly,
    .pidfd = {.needs = {"pidfd_open"},
              .claims = {Must("anon_inode", "anon_inode:[pidfd], kept for compatibility",
                              "fs/pidfs.c pidfs_dname")},
              .ask = [](Arena& arena) -> Outcome {
                const Child child = arena.Spawn(body::Lingers);
                const Fd pidfd = Open(child.pid());
                char text[64];
                const ssize_t length = readlink(
                    fmt::format("/proc/self/fd/{}", pidfd.get()).c_str(), text, sizeof text);
                if (length < 0) throw Unsupported("/proc is not available");
                const std::string_view link(text, static_cast<std::size_t>(length));
                return link == "anon_inode:[pidfd]" ? "anon_inode" : "another";
              }},
    .legacy = NotPossible(kNoFile),
}};

}  // namespace
}  // namespace pidproof::scenarios::conformance::identity_compare
