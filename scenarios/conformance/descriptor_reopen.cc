// Opening a pidfd again through /proc/self/fd: what file that gives, and which flags it has.
#include <errno.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>

#include "probes/system/require.h"
#include "scenarios/fixtures/process_state.h"
#include "scenarios/scenario.h"
#include "scenarios/tested.h"

namespace pidproof::scenarios::conformance::descriptor_reopen {
namespace {

constexpr std::string_view kNoDescriptor = "a PID is not a descriptor";

// Asks about the result of open(2) on the link of a pidfd.
template <typename Ask>
Outcome ReopenOf(int pidfd, int flags, Ask ask) {
  const Fd again(open(fmt::format("/proc/self/fd/{}", pidfd).c_str(), flags));
  if (again) return ask(again.get(), pidfd);
  if (errno == ENOENT) throw Unsupported("/proc is not available to open the descriptor's link");
  if (errno == EACCES) throw Unsupported("the file belongs to root and open(2) fails with EACCES");
  return Outcome::Of(errno);
}

// The same for a pidfd of a living child that was opened with the flags `opened`.
template <typename Ask>
Outcome Reopen(Arena& arena, unsigned opened, int flags, Ask ask) {
  const Child child = arena.Spawn(body::Lingers);
  return ReopenOf(Require(tested::PidfdOpen(child.pid(), opened)).get(), flags, ask);
}

Outcome Signalled(int again, int) {
  return Outcome::Of(tested::PidfdSendSignal(again, 0, nullptr, 0));
}

const Registered<Conformance> kReopen{{
    .name = "descriptor/reopen",
    .question = "Does opening the /proc link of a pidfd give another pidfd of the same process?",
    .without_pid_namespace = kPidfdOnly,
    .pidfd = {.needs = {"pidfd_open", "pidfd_send_signal"},
              .claims = {Must("ok", "pidfds are files of pidfs and can be opened",
                              "Linux 6.9 fs/pidfs.c")
                             .Since(eras::kPidfs),
                         May("enxio", "an anonymous inode cannot be opened", "fs/inode.c no_open")
                             .Until(eras::kPidfs)},
              .ask =
                  [](Arena& arena) { return Reopen(arena, 0, O_RDONLY | O_CLOEXEC, Signalled); }},
    .legacy = NotPossible(kNoDescriptor),
}};

// The pidfd of a process that is reaped, opened again.
const Registered<Conformance> kDead{{
    .name = "descriptor/reopen_dead",
    .question = "Does opening the /proc link of a reaped process's pidfd give another process?",
    .without_pid_namespace = kPidfdOnly,
    .pidfd = {.needs = {"pidfd_open", "pidfd_send_signal", "pidfs/reopen"},
              .claims = {Must("esrch", "it opens, and refers to the process that is gone",
                              "Linux 6.9 fs/pidfs.c")},
              .ask = [](Arena& arena) -> Outcome {
                return In(ProcessState::kDead, arena, [](int pidfd) {
                  return ReopenOf(pidfd, O_RDONLY | O_CLOEXEC, Signalled);
                });
              }},
    .legacy = NotPossible(kNoDescriptor),
}};

const Registered<Conformance> kPath{{
    .name = "descriptor/reopen_path",
    .question = "Is a descriptor that O_PATH opens through a pidfd's /proc link a pidfd?",
    .without_pid_namespace = kPidfdOnly,
    .pidfd = {.needs = {"pidfd_open", "pidfd_send_signal"},
              .claims = {Must("ebadf", "O_PATH does not open the file itself", "open(2)")},
              .ask = [](Arena& arena) { return Reopen(arena, 0, O_PATH | O_CLOEXEC, Signalled); }},
    .legacy = NotPossible(kNoDescriptor),
}};

const Registered<Conformance> kWriting{{
    .name = "descriptor/reopen_for_writing",
    .question = "Can the /proc link of a pidfd be opened for reading and writing?",
    .without_pid_namespace = kPidfdOnly,
    .pidfd =
        {.needs = {"pidfd_open", "pidfd_send_signal", "pidfs/reopen"},
         .claims = {Must("ok", "the file's mode decides, as for any file", "Linux 6.17 fs/pidfs.c")
                        .Since(eras::kMutableInode),
                    May("eperm", "the inode was immutable: only O_RDONLY works on every kernel",
                        "fs/namei.c inode_permission")
                        .Until(eras::kMutableInode)},
         .ask = [](Arena& arena) { return Reopen(arena, 0, O_RDWR | O_CLOEXEC, Signalled); }},
    .legacy = NotPossible(kNoDescriptor),
}};

const Registered<Conformance> kTruncate{{
    .name = "descriptor/reopen_truncate",
    .question = "Can O_TRUNC, which marks a kill-on-close pidfd, be set by opening the /proc link?",
    .without_pid_namespace = kPidfdOnly,
    .pidfd = {.needs = {"pidfd_open", "pidfs/reopen"},
              .claims = {Must("eopnotsupp", "a pidfd has no length to truncate",
                              "Linux 6.17 fs/pidfs.c pidfs_setattr")
                             .Since(eras::kMutableInode),
                         May("eperm", "the file could not be opened for writing",
                             "fs/namei.c inode_permission")
                             .Until(eras::kMutableInode)},
              .ask =
                  [](Arena& arena) {
                    return Reopen(arena, 0, O_RDWR | O_TRUNC | O_CLOEXEC, Signalled);
                  }},
    .legacy = NotPossible(kNoDescriptor),
}};

const Registered<Conformance> kThread{{
    .name = "descriptor/reopen_thread",
    .question = "Does a thread's pidfd still refer to the thread when its /proc link is opened "
                "with O_EXCL?",
    .without_pid_namespace = kPidfdOnly,
    .pidfd = {.needs = {"pidfd_open/thread", "pidfs/reopen"},
              .claims = {Must("process", "open(2) drops O_EXCL: only pidfd_open can set it",
                              "fs/open.c do_dentry_open")},
              .ask =
                  [](Arena& arena) {
                    const int flags = O_RDONLY | O_CLOEXEC | static_cast<int>(abi::kPidfdThread);
                    return Reopen(arena, abi::kPidfdThread, flags, [](int again, int) -> Outcome {
                      const auto kept = static_cast<unsigned>(fcntl(again, F_GETFL));
                      return (kept & abi::kPidfdThread) != 0 ? "thread" : "process";
                    });
                  }},
    .legacy = NotPossible(kNoDescriptor),
}};

const Registered<Conformance> kCloseOnExec{{
    .name = "descriptor/reopen_close_on_exec",
    .question = "Is a pidfd that is opened through its /proc link close-on-exec by default?",
    .without_pid_namespace = kPidfdOnly,
    .pidfd = {.needs = {"pidfd_open", "pidfs/reopen"},
              .claims = {Must("survives_exec", "open(2) sets the flag for O_CLOEXEC only",
                              "open(2)")},
              .ask =
                  [](Arena& arena) {
                    return Reopen(arena, 0, O_RDONLY, [](int again, int) -> Outcome {
                      const int flags = fcntl(again, F_GETFD);
                      Require(flags >= 0);
                      return (flags & FD_CLOEXEC) != 0 ? "close_on_exec" : "survives_exec";
                    });
                  }},
    .legacy = NotPossible(kNoDescriptor),
}};

const Registered<Conformance> kIdentity{{
    .name = "descriptor/reopen_identity",
    .question = "Does opening a pidfd's /proc link give the same inode number?",
    .without_pid_namespace = kPidfdOnly,
    .pidfd = {.needs = {"pidfd_open", "pidfs/reopen"},
              .claims = {Must("same", "each process has one inode", "Linux 6.9 fs/pidfs.c")},
              .ask =
                  [](Arena& arena) {
                    return Reopen(arena, 0, O_RDONLY | O_CLOEXEC,
                                  [](int again, int pidfd) -> Outcome {
                                    struct stat one {};
                                    struct stat other {};
                                    Require(fstat(again, &one) == 0 && fstat(pidfd, &other) == 0);
                                    return one.st_ino == other.st_ino ? "same" : "different";
                                  });
                  }},
    .legacy = NotPossible(kNoDescriptor),
}};

}  // namespace
}  // namespace pidproof::scenarios::conformance::descriptor_reopen
