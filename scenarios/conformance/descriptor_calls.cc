// What a pidfd answers to the calls that are meant for other files.
#include <errno.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "probes/system/require.h"
#include "scenarios/scenario.h"
#include "scenarios/tested.h"

namespace pidproof {
namespace {

constexpr std::string_view kNoDescriptor = "a number is no descriptor";

// How a call on the pidfd of a child is answered. The call says whether it failed.
template <auto kFailed>
Outcome OnPidfd(Arena& arena) {
  const Child child = arena.Spawn(body::Lingers);
  const Fd pidfd = Require(tested::PidfdOpen(child.pid(), 0));
  errno = 0;
  return Outcome::Of(kFailed(pidfd.get()) ? errno : 0);
}

const Registered<Scenario> kRead{{
    .name = "descriptor/read",
    .question = "Can anything be read from a pidfd, as from a timerfd or an eventfd?",
    .pidfd_needs = {"pidfd_open"},
    .without_pid_namespace = kPidfdOnly,
    .claims = {{kPidfd, "einval", kMust, "the file has no read operation", "read(2)"}},
    .by_pidfd = OnPidfd<[](int pidfd) {
      char byte = 0;
      return read(pidfd, &byte, sizeof byte) < 0;
    }>,
    .not_possible_by_pid = kNoDescriptor,
}};

const Registered<Scenario> kWrite{{
    .name = "descriptor/write",
    .question = "Can anything be written to a pidfd?",
    .pidfd_needs = {"pidfd_open"},
    .without_pid_namespace = kPidfdOnly,
    .claims = {{kPidfd, "einval", kMust, "the file has no write operation", "write(2)"}},
    .by_pidfd = OnPidfd<[](int pidfd) { return write(pidfd, "", 1) < 0; }>,
    .not_possible_by_pid = kNoDescriptor,
}};

const Registered<Scenario> kSeek{{
    .name = "descriptor/lseek",
    .question = "Has a pidfd a position to seek to?",
    .pidfd_needs = {"pidfd_open"},
    .without_pid_namespace = kPidfdOnly,
    .claims = {{kPidfd, "espipe", kMust, "a pidfd has no position", "lseek(2)"}},
    .by_pidfd = OnPidfd<[](int pidfd) { return lseek(pidfd, 1, SEEK_SET) < 0; }>,
    .not_possible_by_pid = kNoDescriptor,
}};

const Registered<Scenario> kMap{{
    .name = "descriptor/mmap",
    .question = "Can a pidfd be mapped into memory?",
    .pidfd_needs = {"pidfd_open"},
    .without_pid_namespace = kPidfdOnly,
    .claims = {{kPidfd, "enodev", kMust, "there is no memory behind it", "mmap(2)"}},
    .by_pidfd = OnPidfd<[](int pidfd) {
      return mmap(nullptr, 4096, PROT_READ, MAP_SHARED, pidfd, 0) == MAP_FAILED;
    }>,
    .not_possible_by_pid = kNoDescriptor,
}};

const Registered<Scenario> kTruncate{{
    .name = "descriptor/ftruncate",
    .question = "Has a pidfd a length to cut?",
    .pidfd_needs = {"pidfd_open"},
    .without_pid_namespace = kPidfdOnly,
    .claims = {{kPidfd, "eopnotsupp", kMust, "nothing is to be changed about a pidfd",
                "Linux 6.9 fs/pidfs.c pidfs_setattr", &eras::kPidfs},
               {kPidfd,
                "einval",
                kMay,
                "only regular files have a length to set",
                "truncate(2)",
                {},
                &eras::kPidfs}},
    .by_pidfd = OnPidfd<[](int pidfd) { return ftruncate(pidfd, 0) < 0; }>,
    .not_possible_by_pid = kNoDescriptor,
}};

const Registered<Scenario> kSync{{
    .name = "descriptor/fsync",
    .question = "Can a pidfd be synced?",
    .pidfd_needs = {"pidfd_open"},
    .without_pid_namespace = kPidfdOnly,
    .claims = {{kPidfd, "einval", kMust, "there is no storage behind it", "fsync(2)"}},
    .by_pidfd = OnPidfd<[](int pidfd) { return fsync(pidfd) < 0; }>,
    .not_possible_by_pid = kNoDescriptor,
}};

const Registered<Scenario> kChangeTo{{
    .name = "descriptor/fchdir",
    .question = "Is a pidfd a directory, as a descriptor of /proc/PID is?",
    .pidfd_needs = {"pidfd_open"},
    .without_pid_namespace = kPidfdOnly,
    .claims = {{kPidfd, "enotdir", kMust, "nothing can be looked up below it", "chdir(2)"}},
    .by_pidfd = OnPidfd<[](int pidfd) { return fchdir(pidfd) < 0; }>,
    .not_possible_by_pid = kNoDescriptor,
}};

const Registered<Scenario> kBelow{{
    .name = "descriptor/openat_below",
    .question = "Can files of the process be opened below its pidfd, as below /proc/PID?",
    .pidfd_needs = {"pidfd_open"},
    .without_pid_namespace = kPidfdOnly,
    .claims = {{kPidfd, "enotdir", kMust, "nothing can be looked up below it", "open(2)"}},
    .by_pidfd =
        OnPidfd<[](int pidfd) { return !Fd(openat(pidfd, "status", O_RDONLY | O_CLOEXEC)); }>,
    .not_possible_by_pid = kNoDescriptor,
}};

const Registered<Scenario> kLock{{
    .name = "descriptor/flock",
    .question = "Can a pidfd be locked?",
    .pidfd_needs = {"pidfd_open"},
    .without_pid_namespace = kPidfdOnly,
    .claims = {{kPidfd, "ok", kMust, "flock takes any open file", "flock(2)"}},
    .by_pidfd = OnPidfd<[](int pidfd) { return flock(pidfd, LOCK_EX | LOCK_NB) < 0; }>,
    .not_possible_by_pid = kNoDescriptor,
}};

constexpr unsigned kUnknownRequest = abi::PidfdIoctl(0x99);

const Registered<Scenario> kIoctl{{
    .name = "descriptor/ioctl_unknown",
    .question = "How is an ioctl refused that pidfds do not know?",
    .pidfd_needs = {"pidfd_open"},
    .without_pid_namespace = kPidfdOnly,
    .claims = {{kPidfd, "enotty", kMust, "no such request for this kind of file", "ioctl(2)"}},
    .by_pidfd = OnPidfd<[](int pidfd) { return !tested::Ioctl(pidfd, kUnknownRequest, 0).ok(); }>,
    .not_possible_by_pid = kNoDescriptor,
}};

const Registered<Scenario> kIoctlArgument{{
    .name = "descriptor/ioctl_unknown_argument",
    .question = "How is an ioctl with an argument refused that pidfds do not know?",
    .pidfd_needs = {"pidfd_open"},
    .without_pid_namespace = kPidfdOnly,
    .claims = {{kPidfd, "enotty", kMust, "no such request for this kind of file", "ioctl(2)",
                &eras::kUnknownRequestsFirst},
               {kPidfd, "einval", kMay, "any argument was refused before the request was looked at",
                "fs/pidfs.c pidfd_ioctl", &eras::kNamespaceRequests, &eras::kUnknownRequestsFirst}},
    .by_pidfd = OnPidfd<[](int pidfd) {
      std::uint64_t place = 0;
      return !tested::Ioctl(pidfd, kUnknownRequest, reinterpret_cast<std::uintptr_t>(&place)).ok();
    }>,
    .not_possible_by_pid = kNoDescriptor,
}};

// Both ask for what the file has already where they are allowed (root, its owner), so that nothing
// changes.
const Registered<Scenario> kChmod{{
    .name = "descriptor/fchmod",
    .question = "Can the mode of a pidfd be changed?",
    .pidfd_needs = {"pidfd_open"},
    .without_pid_namespace = kPidfdOnly,
    .claims = {{kPidfd, "eopnotsupp", kMust, "nothing is to be changed about a pidfd",
                "Linux 6.17 fs/pidfs.c pidfs_setattr", &eras::kMutableInode},
               {kPidfd,
                "eperm",
                kMay,
                "the file is not the caller's, or of a kernel filesystem",
                "chmod(2)",
                {},
                &eras::kMutableInode},
               {kPidfd,
                "ok",
                kHazard,
                "all pidfds, and more, were one file: root changed it for the whole machine",
                "fs/anon_inodes.c",
                {},
                &eras::kPidfs,
                "anon-inode-attributes"}},
    .by_pidfd = OnPidfd<[](int pidfd) {
      struct stat status {};
      Require(fstat(pidfd, &status) == 0);
      return fchmod(pidfd, status.st_mode & 07777) < 0;
    }>,
    .not_possible_by_pid = kNoDescriptor,
}};

// Where this process's own user has no number, nothing can be given to it.
void RequireOwnUser() {
  const Fd own(memfd_create("own", MFD_CLOEXEC));
  if (fchown(own.get(), geteuid(), static_cast<gid_t>(-1)) < 0)
    throw Unsupported("the trial's own user is not mapped in its user namespace");
}

const Registered<Scenario> kChown{{
    .name = "descriptor/fchown",
    .question = "Can the owner of a pidfd be changed?",
    .pidfd_needs = {"pidfd_open"},
    .without_pid_namespace = kPidfdOnly,
    .claims = {{kPidfd, "eopnotsupp", kMust, "nothing is to be changed about a pidfd",
                "Linux 6.17 fs/pidfs.c pidfs_setattr", &eras::kMutableInode},
               {kPidfd,
                "eperm",
                kMay,
                "the file is not the caller's, or of a kernel filesystem",
                "chown(2)",
                {},
                &eras::kMutableInode},
               {kPidfd,
                "ok",
                kHazard,
                "all pidfds, and more, were one file: root changed it for the whole machine",
                "fs/anon_inodes.c",
                {},
                &eras::kPidfs,
                "anon-inode-attributes"}},
    .by_pidfd =
        [](Arena& arena) {
          RequireOwnUser();
          return OnPidfd<[](int pidfd) {
            return fchown(pidfd, geteuid(), static_cast<gid_t>(-1)) < 0;
          }>(arena);
        },
    .not_possible_by_pid = kNoDescriptor,
}};

}  // namespace
}  // namespace pidproof
