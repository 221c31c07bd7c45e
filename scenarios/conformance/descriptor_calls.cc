// What a pidfd returns to calls that are meant for other files.
#include <errno.h>
#include <fcntl.h>
#include <linux/sockios.h>
#include <sys/file.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <initializer_list>

#include "probes/system/require.h"
#include "scenarios/fixtures/alike.h"
#include "scenarios/scenario.h"
#include "scenarios/tested.h"

namespace pidproof::scenarios::conformance::descriptor_calls {
namespace {

constexpr std::string_view kNoDescriptor = "a PID is not a descriptor";

// The result of a call on the pidfd of a child. kFailed returns whether it failed.
template <auto kFailed>
Outcome OnPidfd(Arena& arena) {
  const Child child = arena.Spawn(body::Lingers);
  const Fd pidfd = Require(tested::PidfdOpen(child.pid(), 0));
  errno = 0;
  return Outcome::Of(kFailed(pidfd.get()) ? errno : 0);
}

const Registered<Conformance> kRead{{
    .name = "descriptor/read",
    .question = "Can data be read from a pidfd, as from a timerfd or an eventfd?",
    .without_pid_namespace = kPidfdOnly,
    .pidfd = {.needs = {"pidfd_open"},
              .claims = {Must("einval", "the file has no read operation", "read(2)")},
              .ask = OnPidfd<[](int pidfd) {
                char byte = 0;
                return read(pidfd, &byte, sizeof byte) < 0;
              }>},
    .legacy = NotPossible(kNoDescriptor),
}};

const Registered<Conformance> kWrite{{
    .name = "descriptor/write",
    .question = "Can data be written to a pidfd?",
    .without_pid_namespace = kPidfdOnly,
    .pidfd = {.needs = {"pidfd_open"},
              .claims = {Must("einval", "the file has no write operation", "write(2)")},
              .ask = OnPidfd<[](int pidfd) { return write(pidfd, "", 1) < 0; }>},
    .legacy = NotPossible(kNoDescriptor),
}};

const Registered<Conformance> kSeek{{
    .name = "descriptor/lseek",
    .question = "Does a pidfd have a position for lseek?",
    .without_pid_namespace = kPidfdOnly,
    .pidfd = {.needs = {"pidfd_open"},
              .claims = {Must("espipe", "a pidfd has no position", "lseek(2)")},
              .ask = OnPidfd<[](int pidfd) { return lseek(pidfd, 1, SEEK_SET) < 0; }>},
    .legacy = NotPossible(kNoDescriptor),
}};

const Registered<Conformance> kMap{{
    .name = "descriptor/mmap",
    .question = "Can a pidfd be mapped into memory?",
    .without_pid_namespace = kPidfdOnly,
    .pidfd = {.needs = {"pidfd_open"},
              .claims = {Must("enodev", "there is no memory behind a pidfd", "mmap(2)")},
              .ask = OnPidfd<[](int pidfd) {
                return mmap(nullptr, 4096, PROT_READ, MAP_SHARED, pidfd, 0) == MAP_FAILED;
              }>},
    .legacy = NotPossible(kNoDescriptor),
}};

const Registered<Conformance> kTruncate{{
    .name = "descriptor/ftruncate",
    .question = "Can ftruncate change the length of a pidfd?",
    .without_pid_namespace = kPidfdOnly,
    .pidfd = {.needs = {"pidfd_open"},
              .claims = {Must("eopnotsupp", "no attribute of a pidfd can be changed",
                              "Linux 6.9 fs/pidfs.c pidfs_setattr")
                             .Since(eras::kPidfs),
                         May("einval", "only regular files can be truncated", "truncate(2)")
                             .Until(eras::kPidfs)},
              .ask = OnPidfd<[](int pidfd) { return ftruncate(pidfd, 0) < 0; }>},
    .legacy = NotPossible(kNoDescriptor),
}};

const Registered<Conformance> kSync{{
    .name = "descriptor/fsync",
    .question = "Does fsync accept a pidfd?",
    .without_pid_namespace = kPidfdOnly,
    .pidfd = {.needs = {"pidfd_open"},
              .claims = {Must("einval", "there is no storage behind a pidfd", "fsync(2)")},
              .ask = OnPidfd<[](int pidfd) { return fsync(pidfd) < 0; }>},
    .legacy = NotPossible(kNoDescriptor),
}};

const Registered<Conformance> kChangeTo{{
    .name = "descriptor/fchdir",
    .question = "Can fchdir use a pidfd as a directory, like a descriptor of /proc/PID?",
    .without_pid_namespace = kPidfdOnly,
    .pidfd = {.needs = {"pidfd_open"},
              .claims = {Must("enotdir", "a pidfd is not a directory", "chdir(2)")},
              .ask = OnPidfd<[](int pidfd) { return fchdir(pidfd) < 0; }>},
    .legacy = NotPossible(kNoDescriptor),
}};

const Registered<Conformance> kBelow{{
    .name = "descriptor/openat_below",
    .question = "Can openat open files below a pidfd, as below /proc/PID?",
    .without_pid_namespace = kPidfdOnly,
    .pidfd =
        {.needs = {"pidfd_open"},
         .claims = {Must("enotdir", "a pidfd is not a directory", "open(2)")},
         .ask =
             OnPidfd<[](int pidfd) { return !Fd(openat(pidfd, "status", O_RDONLY | O_CLOEXEC)); }>},
    .legacy = NotPossible(kNoDescriptor),
}};

const Registered<Conformance> kLock{{
    .name = "descriptor/flock",
    .question = "Can flock lock a pidfd?",
    .without_pid_namespace = kPidfdOnly,
    .pidfd = {.needs = {"pidfd_open"},
              .claims = {Must("ok", "flock takes any open file", "flock(2)")},
              .ask = OnPidfd<[](int pidfd) { return flock(pidfd, LOCK_EX | LOCK_NB) < 0; }>},
    .legacy = NotPossible(kNoDescriptor),
}};

constexpr unsigned kUnknownRequest = abi::PidfdIoctl(0x99);

const Registered<Conformance> kIoctl{{
    .name = "descriptor/ioctl_unknown",
    .question = "What is the error of an unknown ioctl on a pidfd?",
    .without_pid_namespace = kPidfdOnly,
    .pidfd =
        {.needs = {"pidfd_open"},
         .claims = {Must("enotty", "unknown request for this kind of file", "ioctl(2)")},
         .ask = OnPidfd<[](int pidfd) { return !tested::Ioctl(pidfd, kUnknownRequest, 0).ok(); }>},
    .legacy = NotPossible(kNoDescriptor),
}};

const Registered<Conformance> kIoctlArgument{{
    .name = "descriptor/ioctl_unknown_argument",
    .question = "What is the error of an unknown ioctl with an argument on a pidfd?",
    .without_pid_namespace = kPidfdOnly,
    .pidfd = {.needs = {"pidfd_open"},
              .claims = {Must("enotty", "unknown request for this kind of file", "ioctl(2)")
                             .Since(eras::kUnknownRequestsFirst),
                         May("einval", "any argument was refused before the request was checked",
                             "fs/pidfs.c pidfd_ioctl")
                             .Since(eras::kNamespaceRequests)
                             .Until(eras::kUnknownRequestsFirst)},
              .ask = OnPidfd<[](int pidfd) {
                std::uint64_t place = 0;
                return !tested::Ioctl(pidfd, kUnknownRequest,
                                      reinterpret_cast<std::uintptr_t>(&place))
                            .ok();
              }>},
    .legacy = NotPossible(kNoDescriptor),
}};

// The errno of requests that other files take, sockets and pipes.
Outcome OfRequests(Arena& arena, std::initializer_list<unsigned long> requests) {
  const Child child = arena.Spawn(body::Lingers);
  const Fd pidfd = Require(tested::PidfdOpen(child.pid(), 0));
  return SameForEach(requests, [&](unsigned long request) {
    int value = 1;
    return Outcome::Of(tested::Ioctl(pidfd.get(), static_cast<unsigned>(request),
                                     reinterpret_cast<std::uintptr_t>(&value)));
  });
}

const Registered<Conformance> kOwner{{
    .name = "descriptor/ioctl_owner",
    .question = "What is the error of FIOSETOWN and FIOGETOWN on a pidfd?",
    .without_pid_namespace = kPidfdOnly,
    .pidfd = {.needs = {"pidfd_open"},
              .claims = {Must("enotty", "the file handles them itself, and a pidfd does not",
                              "ioctl(2), fs/ioctl.c do_vfs_ioctl")
                             .Since(eras::kUnknownRequestsFirst),
                         May("einval", "any argument was refused before the request was checked",
                             "fs/pidfs.c pidfd_ioctl")
                             .Since(eras::kNamespaceRequests)
                             .Until(eras::kUnknownRequestsFirst)},
              .ask =
                  [](Arena& arena) {
                    return OfRequests(arena, {FIOSETOWN, FIOGETOWN});
                  }},
    .legacy = NotPossible(kNoDescriptor),
}};

const Registered<Conformance> kReadableBytes{{
    .name = "descriptor/ioctl_readable",
    .question = "What does FIONREAD answer on a pidfd, from which nothing can be read?",
    .without_pid_namespace = kPidfdOnly,
    .pidfd = {.needs = {"pidfd_open"},
              .claims = {May("enotty", "a pidfd is no regular file", "fs/ioctl.c do_vfs_ioctl"),
                         May("ok", "its inode has the type of a regular file, of no bytes",
                             "fs/pidfs.c pidfs_init_inode")
                             .Since(eras::kPidfs)
                             .Until(eras::kAnonymousInodes)},
              .ask = [](Arena& arena) { return OfRequests(arena, {FIONREAD}); }},
    .legacy = NotPossible(kNoDescriptor),
}};

const Registered<Conformance> kAsyncRequest{{
    .name = "descriptor/ioctl_async",
    .question = "What is the error of FIOASYNC, which asks for SIGIO, on a pidfd?",
    .without_pid_namespace = kPidfdOnly,
    .pidfd = {.needs = {"pidfd_open"},
              .claims = {Must("enotty", "a pidfd sends no SIGIO, and this request says so",
                              "fs/ioctl.c ioctl_fioasync")},
              .ask = [](Arena& arena) { return OfRequests(arena, {FIOASYNC}); }},
    .legacy = NotPossible(kNoDescriptor),
}};

std::vector<Claim> ClaimsOfChange(std::string_view page) {
  return {Must("eopnotsupp", "no attribute of a pidfd can be changed",
               "Linux 6.17 fs/pidfs.c pidfs_setattr")
              .Since(eras::kMutableInode),
          May("eperm", "the caller does not own the file, or the filesystem is internal", page)
              .Until(eras::kMutableInode),
          Hazard("ok", "one inode served all pidfds: root changed it for the whole machine",
                 "fs/anon_inodes.c")
              .Until(eras::kPidfs)
              .Bug("anon-inode-attributes")};
}

// Both ask for what the file has already where they are permitted (as root, its owner), so that
// nothing changes.
const Registered<Conformance> kChmod{{
    .name = "descriptor/fchmod",
    .question = "Can fchmod change the mode of a pidfd?",
    .without_pid_namespace = kPidfdOnly,
    .pidfd = {.needs = {"pidfd_open"},
              .claims = ClaimsOfChange("chmod(2)"),
              .ask = OnPidfd<[](int pidfd) {
                struct stat status {};
                Require(fstat(pidfd, &status) == 0);
                return fchmod(pidfd, status.st_mode & 07777) < 0;
              }>},
    .legacy = NotPossible(kNoDescriptor),
}};

// Where this process's own uid is not mapped, nothing can be given to it.
void RequireOwnUser() {
  const Fd own(memfd_create("own", MFD_CLOEXEC));
  if (fchown(own.get(), geteuid(), static_cast<gid_t>(-1)) < 0)
    throw Unsupported("the trial's own user is not mapped in its user namespace");
}

const Registered<Conformance> kChown{{
    .name = "descriptor/fchown",
    .question = "Can fchown change the owner of a pidfd?",
    .without_pid_namespace = kPidfdOnly,
    .pidfd = {.needs = {"pidfd_open"},
              .claims = ClaimsOfChange("chown(2)"),
              .ask =
                  [](Arena& arena) {
                    RequireOwnUser();
                    return OnPidfd<[](int pidfd) {
                      return fchown(pidfd, geteuid(), static_cast<gid_t>(-1)) < 0;
                    }>(arena);
                  }},
    .legacy = NotPossible(kNoDescriptor),
}};

// Gives the file the times that it has.
const Registered<Conformance> kTimes{{
    .name = "descriptor/futimens",
    .question = "Can futimens change the times of a pidfd?",
    .without_pid_namespace = kPidfdOnly,
    .pidfd = {.needs = {"pidfd_open"},
              .claims = ClaimsOfChange("utimensat(2)"),
              .ask = OnPidfd<[](int pidfd) {
                struct stat status {};
                Require(fstat(pidfd, &status) == 0);
                const timespec times[] = {status.st_atim, status.st_mtim};
                return futimens(pidfd, times) < 0;
              }>},
    .legacy = NotPossible(kNoDescriptor),
}};

const Registered<Conformance> kMode{{
    .name = "descriptor/mode",
    .question = "Which permission bits does fstat report for a pidfd?",
    .without_pid_namespace = kPidfdOnly,
    .pidfd = {.needs = {"pidfd_open"},
              .claims = {Must("rwx_of_owner",
                              "each pidfd belongs to root, and others may not open "
                              "it again",
                              "Linux 6.9 fs/pidfs.c pidfs_init_inode")
                             .Since(eras::kPidfs),
                         May("rw_of_owner", "those of the inode that all pidfds shared",
                             "fs/anon_inodes.c")
                             .Until(eras::kPidfs)},
              .ask = [](Arena& arena) -> Outcome {
                const Child child = arena.Spawn(body::Lingers);
                const Fd pidfd = Require(tested::PidfdOpen(child.pid(), 0));
                struct stat status {};
                Require(fstat(pidfd.get(), &status) == 0);
                switch (status.st_mode & 07777) {
                  case 0700:
                    return "rwx_of_owner";
                  case 0600:
                    return "rw_of_owner";
                  default:
                    return "other_bits";
                }
              }},
    .legacy = NotPossible(kNoDescriptor),
}};

const Registered<Conformance> kAsync{{
    .name = "descriptor/async",
    .question = "Can a pidfd be asked to send SIGIO when the process ends (O_ASYNC)?",
    .without_pid_namespace = kPidfdOnly,
    .pidfd = {.needs = {"pidfd_open"},
              .claims = {Must("ignored", "F_SETFL succeeds, and the flag is not set",
                              "fs/fcntl.c setfl")},
              .ask = [](Arena& arena) -> Outcome {
                const Child child = arena.Spawn(body::Lingers);
                const Fd pidfd = Require(tested::PidfdOpen(child.pid(), 0));
                if (fcntl(pidfd.get(), F_SETFL, O_ASYNC) < 0) return Outcome::Of(errno);
                const int flags = fcntl(pidfd.get(), F_GETFL);
                Require(flags >= 0);
                return (flags & O_ASYNC) != 0 ? "set" : "ignored";
              }},
    .legacy = NotPossible(kNoDescriptor),
}};

}  // namespace
}  // namespace pidproof::scenarios::conformance::descriptor_calls
