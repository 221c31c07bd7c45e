// pidfd_getfd(2) beside open(2) of /proc/PID/fd/N: what is copied, and what the copies share.
#include <fcntl.h>
#include <limits.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <optional>

#include "probes/system/require.h"
#include "probes/system/unix_socket.h"
#include "scenarios/fixtures/fd_owner.h"
#include "scenarios/fixtures/fd_table.h"
#include "scenarios/fixtures/proc.h"
#include "scenarios/scenario.h"
#include "scenarios/tested.h"

namespace pidproof::scenarios::conformance::getfd {
namespace {

constexpr off_t kPosition = 5;

// A file of which five bytes have been written.
int WrittenFile() {
  const int file = memfd_create("owned", MFD_CLOEXEC);
  return file >= 0 && write(file, "hello", kPosition) == kPosition ? file : -1;
}

Outcome Had(const Result<Fd>& fd) { return Outcome::Of(fd.error()); }

// The same, if the descriptor refers to that file.
Outcome Had(const Result<Fd>& fd, const Fd& file) {
  if (!fd.ok()) return Had(fd);
  struct stat had {};
  struct stat owned {};
  Require(fstat(fd->get(), &had) == 0 && fstat(file.get(), &owned) == 0);
  return had.st_ino == owned.st_ino ? "ok" : "another_file";
}

Outcome Position(Arena& arena, Path path) {
  const FdOwner owner = FdOwner::Make(arena, WrittenFile);
  const Result<Fd> fd = owner.Named(path).CopyFd(FdOwner::kOwned);
  if (!fd.ok()) return Had(fd);
  const off_t position = lseek(fd->get(), 0, SEEK_CUR);
  return position == kPosition ? "shared" : position == 0 ? "its_own" : "elsewhere";
}

const Registered<Conformance> kPositionShared{{
    .name = "getfd/position",
    .question = "Does a fetched descriptor share its file position with the owner's?",
    .without_pid_namespace = kBothPaths,
    .pidfd = {.needs = {"pidfd_open", "pidfd_getfd/child"},
              .claims = {Must("shared", "it is the same open file, as after dup",
                              "pidfd_getfd(2)")}},
    .legacy = {.claims = {Hazard("its_own", "the link opens the file anew, at its beginning",
                                 "proc_pid_fd(5)")}},
    .ask = Position,
}};

// The child owns one end, and the trial keeps the other.
std::optional<SocketPair> pair;

Outcome Connected(Arena& arena, Path path) {
  pair.emplace();
  const FdOwner owner = FdOwner::Make(arena, [] { return pair->sender.get(); });
  pair->sender.reset();
  const Result<Fd> fd = owner.Named(path).CopyFd(FdOwner::kOwned);
  if (!fd.ok()) return Had(fd);
  Require(send(fd->get(), "x", 1, MSG_NOSIGNAL) == 1);
  char byte = 0;
  return recv(pair->receiver.get(), &byte, 1, MSG_DONTWAIT) == 1 && byte == 'x' ? "connected"
                                                                                : "another";
}

const Registered<Conformance> kSocket{{
    .name = "getfd/socket",
    .question = "Can a connected socket of another process be fetched?",
    .without_pid_namespace = kBothPaths,
    .pidfd = {.needs = {"pidfd_open", "pidfd_getfd/child"},
              .claims = {Must("connected", "any kind of descriptor can be fetched and works",
                              "pidfd_getfd(2)")}},
    .legacy = {.claims = {Must("enxio", "a socket cannot be opened through its link", "open(2)")}},
    .ask = Connected,
}};

Outcome AfterItsEnd(Arena& arena, Path path) {
  FdOwner owner = FdOwner::Make(arena, WrittenFile);
  const Result<Fd> fd = owner.Named(path).CopyFd(FdOwner::kOwned);
  if (!fd.ok()) return Had(fd);
  owner.child.Kill();
  owner.child.Reap();
  char byte = 0;
  return pread(fd->get(), &byte, 1, 0) == 1 && byte == 'h' ? "usable" : "lost";
}

const Registered<Conformance> kOutlives{{
    .name = "getfd/owner_reaped_later",
    .question = "Does a fetched descriptor still work once its first owner is reaped?",
    .without_pid_namespace = kBothPaths,
    .claims = {Must("usable", "the new descriptor holds the open file itself", "open(2) NOTES")},
    .pidfd = {.needs = {"pidfd_open", "pidfd_getfd/child"}},
    .ask = AfterItsEnd,
}};

Outcome NotOpen(Arena& arena, Path path) {
  const FdOwner owner = FdOwner::Make(arena, WrittenFile);
  const Handle named = owner.Named(path);
  const Outcome next = Had(named.CopyFd(FdOwner::kOwned + 1));
  const Outcome huge = Had(named.CopyFd(INT_MAX));
  const Outcome negative = Had(named.CopyFd(-1));
  return next == huge && huge == negative ? next : Outcome("not_alike");
}

const Registered<Conformance> kNotOpen{{
    .name = "getfd/not_open_there",
    .question = "What is the error when the descriptor to be fetched is not open in the target?",
    .without_pid_namespace = kBothPaths,
    .pidfd = {.needs = {"pidfd_open", "pidfd_getfd/child"},
              .claims = {Must("ebadf", "not an open descriptor of the target", "pidfd_getfd(2)")}},
    .legacy = {.claims = {Must("enoent", "there is no such link", "proc_pid_fd(5)")}},
    .ask = NotOpen,
}};

const Registered<Conformance> kFullTable{{
    .name = "getfd/full_table",
    .question =
        "Does fetching a descriptor fail with EMFILE when the caller's descriptor table is full?",
    .without_pid_namespace = kBothPaths,
    .claims = {Must("emfile", "RLIMIT_NOFILE applies to fetched descriptors as to opened ones",
                    "pidfd_getfd(2), open(2)")},
    .pidfd = {.needs = {"pidfd_open", "pidfd_getfd/child"}},
    .ask = [](Arena& arena, Path path) -> Outcome {
      const FdOwner owner = FdOwner::Make(arena, WrittenFile);
      const Handle named = owner.Named(path);
      const FullFdTable full;
      return Had(named.CopyFd(FdOwner::kOwned));
    },
}};

const Registered<Conformance> kOwn{{
    .name = "getfd/own",
    .question = "Can a process fetch its own descriptors by pidfd_getfd or /proc?",
    .without_pid_namespace = kBothPaths,
    .claims = {Must("ok", "a process always has access to itself",
                    "ptrace(2) access mode checking")},
    .pidfd = {.needs = {"pidfd_open", "pidfd_getfd/child"},
              .ask = [](Arena&) -> Outcome {
                const Fd file(WrittenFile());
                const Fd self = Require(tested::PidfdOpen(getpid(), 0));
                return Had(tested::PidfdGetfd(self.get(), file.get(), 0), file);
              }},
    .legacy = {.ask = [](Arena&) -> Outcome {
      const Fd file(WrittenFile());
      return Had(proc::Reopen(proc::OwnPid(), file.get()), file);
    }},
}};

const Registered<Conformance> kCloseOnExec{{
    .name = "getfd/close_on_exec",
    .question = "Is a descriptor from pidfd_getfd close-on-exec when its owner's is not?",
    .without_pid_namespace = kPidfdOnly,
    .pidfd = {.needs = {"pidfd_open", "pidfd_getfd/child"},
              .claims = {Must("closed", "pidfd_getfd sets the close-on-exec flag",
                              "pidfd_getfd(2)")},
              .ask = [](Arena& arena) -> Outcome {
                const FdOwner owner = FdOwner::Make(arena, WrittenFile);
                const Result<Fd> fd = owner.Named(kPidfd).CopyFd(FdOwner::kOwned);
                if (!fd.ok()) return Had(fd);
                return fcntl(fd->get(), F_GETFD) == FD_CLOEXEC ? "closed" : "kept";
              }},
    .legacy = NotPossible("open(2) sets O_CLOEXEC on request"),
}};

const Registered<Conformance> kFlags{{
    .name = "getfd/flags",
    .question = "Does pidfd_getfd refuse every flag, even when there is nothing to fetch?",
    .without_pid_namespace = kPidfdOnly,
    .pidfd = {.needs = {"pidfd_getfd"},
              .claims = {Must("einval", "flags must be 0 and are checked first", "pidfd_getfd(2)")},
              .ask = [](Arena&) -> Outcome {
                for (unsigned flag = 1; flag != 0; flag <<= 1) {
                  const Outcome answer = Had(tested::PidfdGetfd(-1, -1, flag));
                  if (answer != Outcome("einval")) return answer;
                }
                return "einval";
              }},
    .legacy = NotPossible("the link has no flags of its own"),
}};

const Registered<Conformance> kNoPidfd{{
    .name = "getfd/not_a_pidfd",
    .question = "Does pidfd_getfd refuse all that is not a pidfd: closed, of another kind, /proc, "
                "PIDFD_SELF?",
    .without_pid_namespace = kPidfdOnly,
    .pidfd = {.needs = {"pidfd_getfd"},
              .claims = {Must("ebadf", "only an open pidfd is accepted", "pidfd_getfd(2)")},
              .ask = [](Arena&) -> Outcome {
                const Fd other(eventfd(0, EFD_CLOEXEC));
                const Fd directory(open("/proc/self", O_DIRECTORY | O_CLOEXEC));
                for (const int fd : {-1, INT_MAX, other.get(), directory.get(), abi::kSelfThread,
                                     abi::kSelfProcess, abi::kSelfProcessAtFirst}) {
                  const Outcome answer = Had(tested::PidfdGetfd(fd, other.get(), 0));
                  if (answer != Outcome("ebadf")) return answer;
                }
                return "ebadf";
              }},
    .legacy = NotPossible("a PID has no type that could be wrong"),
}};

}  // namespace
}  // namespace pidproof::scenarios::conformance::getfd
