// File handles of pidfds: from which PID namespace they can be opened, and the flags of
// name_to_handle_at.
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <sys/stat.h>
#include <unistd.h>

#include "probes/system/require.h"
#include "probes/system/sys.h"
#include "scenarios/fixtures/alike.h"
#include "scenarios/fixtures/report.h"
#include "scenarios/scenario.h"
#include "scenarios/tested.h"

namespace pidproof::scenarios::conformance::file_handle_reach {
namespace {

const std::vector<std::string_view> kNeeds = {"pidfd_open", "name_to_handle_at",
                                              "open_by_handle_at"};
constexpr std::string_view kNoHandle = "a PID has no file handle";

Fd Open(pid_t pid) { return Require(tested::PidfdOpen(pid, 0)); }

std::uint64_t InodeOf(const Fd& pidfd) {
  struct stat status {};
  Require(fstat(pidfd.get(), &status) == 0);
  return status.st_ino;
}

Result<Fd> OpenHandle(const abi::PidfdHandle& handle, int flags = O_RDWR | O_CLOEXEC) {
  return sys::OpenByHandle(Open(getpid()).get(), &handle, flags);
}

// name_to_handle_at(2) with a name below the pidfd and flags.
sys::Status NameToHandle(const Fd& pidfd, const char* name, int flags, abi::PidfdHandle& handle) {
  int mount = 0;
  const int named = name_to_handle_at(pidfd.get(), name, reinterpret_cast<::file_handle*>(&handle),
                                      &mount, flags);
  return named == 0 ? sys::Status(0) : sys::Status::Errno(errno);
}

// Whether the handle opens the process of the pidfd.
Outcome Opens(const abi::PidfdHandle& handle, const Fd& pidfd) {
  const Result<Fd> opened = OpenHandle(handle);
  if (!opened.ok()) return Outcome::Of(opened.error());
  return InodeOf(*opened) == InodeOf(pidfd) ? "same_process" : "another_process";
}

// In a new PID namespace: sends the handle of its own pidfd.
int SendsHandle(int gate) {
  abi::PidfdHandle handle;
  const Result<Fd> own = tested::PidfdOpen(getpid(), 0);
  const bool named = own.ok() && sys::NameToHandle(own->get(), handle).ok();
  report::Send(named ? static_cast<std::int64_t>(handle.inode) : 0);
  return body::Lingers(gate);
}

const Registered<Conformance> kBelow{{
    .name = "file_handle/of_namespace_below",
    .question = "Can a process in a PID namespace below be opened by its file handle, wherever the "
                "handle was made?",
    .without_pid_namespace = kPidfdOnly,
    .pidfd = {.needs = kNeeds,
              .claims = {Must("same_process",
                              "it has a PID here too, and one handle in all PID namespaces",
                              "fs/pidfs.c pidfs_fh_to_dentry")},
              .ask = [](Arena& arena) -> Outcome {
                report::Open();
                const Child below = arena.Spawn(SendsHandle, {.flags = CLONE_NEWPID});
                abi::PidfdHandle inside;
                inside.inode = static_cast<std::uint64_t>(report::Receive().value_or(0));
                if (inside.inode == 0) throw Unsupported("no file handle can be made in there");
                const Fd pidfd = Open(below.pid());
                abi::PidfdHandle outside;
                Require(sys::NameToHandle(pidfd.get(), outside));
                if (inside.inode != outside.inode) return "two_handles";
                return Opens(inside, pidfd);
              }},
    .legacy = NotPossible(kNoHandle),
}};

const Registered<Conformance> kCreationFlags{{
    .name = "file_handle/other_flags_refused",
    .question =
        "Does open_by_handle_at refuse each flag that creates a file or changes how it is written?",
    .without_pid_namespace = kPidfdOnly,
    .pidfd = {.needs = kNeeds,
              .claims = {Must("einval",
                              "only access modes, O_NONBLOCK, O_CLOEXEC and PIDFD_THREAD are valid",
                              "fs/pidfs.c pidfs_export_permission")},
              .ask = [](Arena&) -> Outcome {
                const Fd own = Open(getpid());
                abi::PidfdHandle handle;
                Require(sys::NameToHandle(own.get(), handle));
                return SameForEach(
                    {O_CREAT, O_NOCTTY, O_SYNC, O_DSYNC, O_NOFOLLOW, O_ASYNC, O_TMPFILE},
                    [&](int flag) {
                      return Outcome::Of(OpenHandle(handle, O_RDWR | O_CLOEXEC | flag).error());
                    });
              }},
    .legacy = NotPossible(kNoHandle),
}};

const Registered<Conformance> kFid{{
    .name = "file_handle/as_identifier",
    .question = "Can a handle that was only requested as an identifier (AT_HANDLE_FID) be opened?",
    .without_pid_namespace = kPidfdOnly,
    .pidfd = {.needs = kNeeds,
              .claims = {Must("same_process", "a pidfd's handle is the same either way",
                              "fs/exportfs/expfs.c exportfs_encode_inode_fh")},
              .ask = [](Arena& arena) -> Outcome {
                constexpr int kHandleFid = 0x200;  // AT_HANDLE_FID, 6.5
                const Child child = arena.Spawn(body::Lingers);
                const Fd pidfd = Open(child.pid());
                abi::PidfdHandle handle;
                const sys::Status named =
                    NameToHandle(pidfd, "", AT_EMPTY_PATH | kHandleFid, handle);
                return named.ok() ? Opens(handle, pidfd) : Outcome::Of(named);
              }},
    .legacy = NotPossible(kNoHandle),
}};

const Registered<Conformance> kConnectable{{
    .name = "file_handle/connectable",
    .question = "Can a pidfd have a connectable file handle (AT_HANDLE_CONNECTABLE)?",
    .without_pid_namespace = kPidfdOnly,
    .pidfd = {.needs = kNeeds,
              .claims = {Must("einval", "a pidfd has no parent directory to connect it to",
                              "fs/fhandle.c name_to_handle_at")},
              .ask = [](Arena&) -> Outcome {
                constexpr int kHandleConnectable = 0x2;  // AT_HANDLE_CONNECTABLE, 6.13
                abi::PidfdHandle handle;
                return Outcome::Of(
                    NameToHandle(Open(getpid()), "", AT_EMPTY_PATH | kHandleConnectable, handle));
              }},
    .legacy = NotPossible(kNoHandle),
}};

const Registered<Conformance> kNameBelow{{
    .name = "file_handle/name_below",
    .question = "What is the error of name_to_handle_at for a name below a pidfd?",
    .without_pid_namespace = kPidfdOnly,
    .pidfd = {.needs = kNeeds,
              .claims = {Must("enotdir", "a pidfd is not a directory", "open_by_handle_at(2)")},
              .ask = [](Arena&) -> Outcome {
                const Fd own = Open(getpid());
                return SameForEach({0, AT_EMPTY_PATH}, [&](int flags) {
                  abi::PidfdHandle handle;
                  return Outcome::Of(NameToHandle(own, "status", flags, handle));
                });
              }},
    .legacy = NotPossible(kNoHandle),
}};

// Either error may come first: of the permission to open handles of that filesystem, or of the
// handle, which is not one of its own.
const Registered<Conformance> kWorkingDirectory{{
    .name = "file_handle/anchor_working_directory",
    .question = "Can a pidfd's handle be opened with the working directory (AT_FDCWD) as anchor?",
    .without_pid_namespace = kPidfdOnly,
    .pidfd = {.needs = kNeeds,
              .claims = {Must("refused", "the anchor's filesystem is searched: ESTALE, or EPERM",
                              "open_by_handle_at(2)")},
              .ask = [](Arena&) -> Outcome {
                abi::PidfdHandle handle;
                Require(sys::NameToHandle(Open(getpid()).get(), handle));
                Require(chdir("/") == 0);
                const int error = sys::OpenByHandle(AT_FDCWD, &handle, O_RDWR | O_CLOEXEC).error();
                return error == ESTALE || error == EPERM ? "refused" : Outcome::Of(error);
              }},
    .legacy = NotPossible(kNoHandle),
}};

// Numbers that stand for something to calls that know them, and are no descriptors.
const Registered<Conformance> kSentinels{{
    .name = "file_handle/sentinels_as_directory",
    .question = "Does fchdir take FD_PIDFS_ROOT or PIDFD_SELF for a directory?",
    .without_pid_namespace = kPidfdOnly,
    .pidfd = {.needs = {"open_by_handle_at/root"},
              .claims = {Must("ebadf", "no file is open under these numbers",
                              "fchdir(2) ERRORS, include/uapi/linux/fcntl.h FD_PIDFS_ROOT")},
              .ask = [](Arena&) -> Outcome {
                return SameForEach(
                    {abi::kPidfsRoot, abi::kSelfThread, abi::kSelfProcess},
                    [](int sentinel) { return Outcome::Of(fchdir(sentinel) == 0 ? 0 : errno); });
              }},
    .legacy = NotPossible(kNoHandle),
}};

}  // namespace
}  // namespace pidproof::scenarios::conformance::file_handle_reach
