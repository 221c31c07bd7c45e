// open_by_handle_at with a pidfd's handle: its flags, its mount descriptor, malformed handles.
#include <errno.h>
#include <fcntl.h>

#include <initializer_list>

#include "probes/system/require.h"
#include "probes/system/sys.h"
#include "scenarios/scenario.h"
#include "scenarios/tested.h"

namespace pidproof::scenarios::conformance::file_handle_flags {
namespace {

constexpr std::string_view kNoHandle = "a PID has no file handle";

// Opens a living child's handle, or what spoil makes of it, with that mount descriptor or the
// child's pidfd.
struct Asked {
  int flags = O_RDWR | O_CLOEXEC;
  int anchor = 0;
  void (*spoil)(abi::PidfdHandle& handle) = nullptr;
};

Result<Fd> Open(Arena& arena, const Asked& asked) {
  const Child child = arena.Spawn(body::Lingers);
  const Fd pidfd = Require(tested::PidfdOpen(child.pid(), 0));
  abi::PidfdHandle handle;
  Require(sys::NameToHandle(pidfd.get(), handle));
  if (asked.spoil != nullptr) asked.spoil(handle);
  return sys::OpenByHandle(asked.anchor != 0 ? asked.anchor : pidfd.get(), &handle, asked.flags);
}

unsigned StatusFlags(const Fd& fd) {
  const int flags = fcntl(fd.get(), F_GETFL);
  Require(flags >= 0);
  return static_cast<unsigned>(flags);
}

const Registered<Conformance> kReadOnly{{
    .name = "file_handle/read_only",
    .question = "Is a pidfd from open_by_handle_at O_RDWR, whatever access mode was requested?",
    .without_pid_namespace = kPidfdOnly,
    .pidfd = {.needs = {"pidfd_open", "name_to_handle_at", "open_by_handle_at"},
              .claims = {Must("read_write", "every pidfd is O_RDWR",
                              "fs/pidfs.c pidfs_export_open")},
              .ask = [](Arena& arena) -> Outcome {
                const Result<Fd> opened = Open(arena, {.flags = O_RDONLY | O_CLOEXEC});
                if (!opened.ok()) return Outcome::Of(opened.error());
                return (StatusFlags(*opened) & O_ACCMODE) == O_RDWR ? "read_write" : "as_asked";
              }},
    .legacy = NotPossible(kNoHandle),
}};

const Registered<Conformance> kNonblock{{
    .name = "file_handle/nonblock",
    .question = "Can open_by_handle_at open a pidfd with PIDFD_NONBLOCK?",
    .without_pid_namespace = kPidfdOnly,
    .pidfd = {.needs = {"pidfd_open", "name_to_handle_at", "open_by_handle_at"},
              .claims = {Must("nonblock", "the flag is kept", "fs/pidfs.c pidfs_export_open")},
              .ask = [](Arena& arena) -> Outcome {
                const Result<Fd> opened = Open(arena, {.flags = O_RDWR | O_NONBLOCK | O_CLOEXEC});
                if (!opened.ok()) return Outcome::Of(opened.error());
                return (StatusFlags(*opened) & O_NONBLOCK) != 0 ? "nonblock" : "blocking";
              }},
    .legacy = NotPossible(kNoHandle),
}};

const Registered<Conformance> kThread{{
    .name = "file_handle/thread",
    .question = "Can open_by_handle_at open a thread's pidfd with PIDFD_THREAD?",
    .without_pid_namespace = kPidfdOnly,
    .pidfd = {.needs = {"pidfd_open", "name_to_handle_at", "open_by_handle_at"},
              .claims = {Must("thread", "the flag is kept",
                              "Linux 7.2 fs/pidfs.c pidfs_export_open")
                             .Since(eras::kHandleKeepsThread),
                         Hazard("process",
                                "the flag is silently dropped: signals go to the whole process",
                                "fs/pidfs.c pidfs_export_open")
                             .Until(eras::kHandleKeepsThread)
                             .Bug("open-by-handle-loses-flag")},
              .ask = [](Arena& arena) -> Outcome {
                const Result<Fd> opened = Open(
                    arena, {.flags = O_RDWR | O_CLOEXEC | static_cast<int>(abi::kPidfdThread)});
                if (!opened.ok()) return Outcome::Of(opened.error());
                return (StatusFlags(*opened) & abi::kPidfdThread) != 0 ? "thread" : "process";
              }},
    .legacy = NotPossible(kNoHandle),
}};

const Registered<Conformance> kCloseOnExec{{
    .name = "file_handle/close_on_exec",
    .question = "Is a pidfd from open_by_handle_at close-on-exec by default?",
    .without_pid_namespace = kPidfdOnly,
    .pidfd = {.needs = {"pidfd_open", "name_to_handle_at", "open_by_handle_at"},
              .claims = {Must("survives_exec", "only with O_CLOEXEC, as for any file",
                              "open_by_handle_at(2)")},
              .ask = [](Arena& arena) -> Outcome {
                const Result<Fd> opened = Open(arena, {.flags = O_RDWR});
                if (!opened.ok()) return Outcome::Of(opened.error());
                return (fcntl(opened->get(), F_GETFD) & FD_CLOEXEC) != 0 ? "close_on_exec"
                                                                         : "survives_exec";
              }},
    .legacy = NotPossible(kNoHandle),
}};

const Registered<Conformance> kBadFlags{{
    .name = "file_handle/flags_refused",
    .question = "Does open_by_handle_at refuse each flag that has no meaning for a pidfd?",
    .without_pid_namespace = kPidfdOnly,
    .pidfd =
        {.needs = {"pidfd_open", "name_to_handle_at", "open_by_handle_at"},
         .claims = {Must("einval",
                         "only access modes, O_NONBLOCK, O_CLOEXEC and PIDFD_THREAD are valid",
                         "fs/pidfs.c pidfs_export_permission")},
         .ask = [](Arena& arena) -> Outcome {
           for (const int flag : {O_TRUNC, O_PATH, O_APPEND, O_DIRECTORY, O_DIRECT, O_NOATIME}) {
             const Result<Fd> opened = Open(arena, {.flags = O_RDWR | O_CLOEXEC | flag});
             if (opened.error() != EINVAL) return Outcome::Of(opened.error());
           }
           return Outcome::Of(EINVAL);
         }},
    .legacy = NotPossible(kNoHandle),
}};

const Registered<Conformance> kRoot{{
    .name = "file_handle/root",
    .question = "Can open_by_handle_at open a process without any open pidfd (FD_PIDFS_ROOT)?",
    .without_pid_namespace = kPidfdOnly,
    .pidfd = {.needs = {"pidfd_open", "name_to_handle_at", "open_by_handle_at/root"},
              .claims = {Must("ok", "FD_PIDFS_ROOT refers to the filesystem",
                              "Linux 6.17 FD_PIDFS_ROOT")},
              .ask =
                  [](Arena& arena) {
                    return Outcome::Of(Open(arena, {.anchor = abi::kPidfsRoot}).error());
                  }},
    .legacy = NotPossible(kNoHandle),
}};

const Registered<Conformance> kClosedAnchor{{
    .name = "file_handle/anchor_closed",
    .question =
        "What is the error of open_by_handle_at when the descriptor for the filesystem is closed?",
    .without_pid_namespace = kPidfdOnly,
    .pidfd = {.needs = {"pidfd_open", "name_to_handle_at", "open_by_handle_at"},
              .claims = {Must("ebadf", "the descriptor is not open", "open_by_handle_at(2)")},
              .ask = [](Arena& arena) { return Outcome::Of(Open(arena, {.anchor = -1}).error()); }},
    .legacy = NotPossible(kNoHandle),
}};

template <void (*kSpoil)(abi::PidfdHandle& handle)>
Outcome OpenSpoilt(Arena& arena) {
  return Outcome::Of(Open(arena, {.spoil = kSpoil}).error());
}

const Registered<Conformance> kUnknown{{
    .name = "file_handle/unknown",
    .question =
        "What is the error of open_by_handle_at for a file handle that belongs to no process?",
    .without_pid_namespace = kPidfdOnly,
    .pidfd = {.needs = {"pidfd_open", "name_to_handle_at", "open_by_handle_at"},
              .claims = {Must("estale", "the same as for a process that is gone",
                              "open_by_handle_at(2)")},
              .ask =
                  OpenSpoilt<[](abi::PidfdHandle& handle) { handle.inode = ~std::uint64_t{0}; }>},
    .legacy = NotPossible(kNoHandle),
}};

const Registered<Conformance> kOtherType{{
    .name = "file_handle/other_type",
    .question = "What is the error of open_by_handle_at for a file handle of another type?",
    .without_pid_namespace = kPidfdOnly,
    .pidfd = {.needs = {"pidfd_open", "name_to_handle_at", "open_by_handle_at"},
              .claims = {Must("estale", "not a file handle of a pidfd", "open_by_handle_at(2)")},
              .ask = OpenSpoilt<[](abi::PidfdHandle& handle) { handle.type = 1; }>},
    .legacy = NotPossible(kNoHandle),
}};

const Registered<Conformance> kShort{{
    .name = "file_handle/cut_short",
    .question = "What is the error of open_by_handle_at for a truncated file handle?",
    .without_pid_namespace = kPidfdOnly,
    .pidfd = {.needs = {"pidfd_open", "name_to_handle_at", "open_by_handle_at"},
              .claims = {Must("estale", "half an inode number belongs to no process",
                              "open_by_handle_at(2)")},
              .ask = OpenSpoilt<[](abi::PidfdHandle& handle) { handle.bytes = 4; }>},
    .legacy = NotPossible(kNoHandle),
}};

}  // namespace
}  // namespace pidproof::scenarios::conformance::file_handle_flags
