// File handles of pidfds: names for processes that outlive every descriptor.
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "probes/system/require.h"
#include "scenarios/fixtures/process_state.h"
#include "scenarios/handle.h"
#include "scenarios/scenario.h"
#include "scenarios/tested.h"

namespace pidproof::scenarios::conformance::file_handle {
namespace {

constexpr std::string_view kNoHandle = "a PID has no file handle";

Fd Open(pid_t pid, unsigned flags = 0) { return Require(tested::PidfdOpen(pid, flags)); }

std::uint64_t InodeOf(const Fd& pidfd) {
  struct stat status {};
  Require(fstat(pidfd.get(), &status) == 0);
  return status.st_ino;
}

abi::PidfdHandle HandleOf(const Fd& pidfd) {
  abi::PidfdHandle handle;
  Require(sys::NameToHandle(pidfd.get(), handle));
  return handle;
}

// Any pidfd can stand for the filesystem: we use our own, which no child's state affects.
Result<Fd> OpenHandle(const abi::PidfdHandle& handle, int flags = O_RDWR | O_CLOEXEC) {
  return sys::OpenByHandle(Open(getpid()).get(), &handle, flags);
}

const Registered<Conformance> kShape{{
    .name = "file_handle/is_inode",
    .question = "Is a pidfd's file handle its inode number?",
    .without_pid_namespace = kPidfdOnly,
    .pidfd = {.needs = {"pidfd_open", "name_to_handle_at"},
              .claims = {Must("inode", "8 bytes of the type that kernfs uses: the inode number",
                              "fs/pidfs.c pidfs_encode_fh")},
              .ask = [](Arena& arena) -> Outcome {
                constexpr std::int32_t kKernfs = 0xfe;  // FILEID_KERNFS
                const Child child = arena.Spawn(body::Lingers);
                const Fd pidfd = Open(child.pid());
                abi::PidfdHandle handle;
                handle.type = 0;
                Require(sys::NameToHandle(pidfd.get(), handle));
                if (handle.type != kKernfs || handle.bytes != sizeof handle.inode)
                  return "another_shape";
                return handle.inode == InodeOf(pidfd) ? "inode" : "another_number";
              }},
    .legacy = NotPossible(kNoHandle),
}};

const Registered<Conformance> kTooSmall{{
    .name = "file_handle/too_small",
    .question = "Does name_to_handle_at report the size that a pidfd's file handle needs?",
    .without_pid_namespace = kPidfdOnly,
    .pidfd = {.needs = {"pidfd_open", "name_to_handle_at"},
              .claims = {Must("eoverflow_with_size", "EOVERFLOW and the required size",
                              "open_by_handle_at(2)")},
              .ask = [](Arena& arena) -> Outcome {
                const Child child = arena.Spawn(body::Lingers);
                abi::PidfdHandle handle;
                handle.bytes = 0;
                const int error = sys::NameToHandle(Open(child.pid()).get(), handle).error();
                if (error != EOVERFLOW) return Outcome::Of(error);
                return handle.bytes == sizeof handle.inode ? "eoverflow_with_size" : "eoverflow";
              }},
    .legacy = NotPossible(kNoHandle),
}};

// Takes the handle of a child, closes the child's pidfd, and opens the handle when the child is in
// that state.
template <ProcessState kState>
Outcome OpenInState(Arena& arena) {
  Child child = arena.Spawn(body::Lingers);
  Fd pidfd = Open(child.pid());
  const abi::PidfdHandle handle = HandleOf(pidfd);
  const std::uint64_t inode = InodeOf(pidfd);
  pidfd.reset();
  DriveTo(child, kState);
  const Result<Fd> opened = OpenHandle(handle);
  if (!opened.ok()) return Outcome::Of(opened.error());
  if (InodeOf(*opened) != inode) return "another";
  return Outcome::Of(tested::PidfdSendSignal(opened->get(), 0, nullptr, 0));
}

// A PID, written down and looked up later, as in a PID file.
template <ProcessState kState>
Outcome LookUpInState(Arena& arena) {
  Child child = arena.Spawn(body::Lingers);
  const pid_t pid = child.pid();
  DriveTo(child, kState);
  return Outcome::Of(sys::Kill(pid, 0));
}

const Registered<Conformance> kAlive{{
    .name = "file_handle/alive",
    .question = "Can a live process be named by a saved file handle or PID after every pidfd of it "
                "is closed?",
    .without_pid_namespace = kBothPaths,
    .pidfd =
        {.needs = {"pidfd_open", "pidfd_send_signal", "name_to_handle_at", "open_by_handle_at"},
         .claims = {Must("ok", "a file handle outlives the descriptors", "open_by_handle_at(2)")},
         .ask = OpenInState<ProcessState::kAlive>},
    .legacy = {.claims = {Must("ok", "a PID file names the process while it lives", "kill(2)")},
               .ask = LookUpInState<ProcessState::kAlive>},
}};

const Registered<Conformance> kZombie{{
    .name = "file_handle/zombie",
    .question = "Can a zombie be named by a saved file handle or PID?",
    .without_pid_namespace = kBothPaths,
    .pidfd = {.needs = {"pidfd_open", "pidfd_send_signal", "name_to_handle_at",
                        "open_by_handle_at"},
              .claims = {Must("ok", "a zombie exists until it is reaped", "fs/pidfs.c")},
              .ask = OpenInState<ProcessState::kZombie>},
    .legacy = {.claims = {Must("ok", "a zombie exists until it is reaped", "kill(2)")},
               .ask = LookUpInState<ProcessState::kZombie>},
}};

const Registered<Conformance> kDead{{
    .name = "file_handle/dead",
    .question = "Does a saved file handle or PID show that its process has been reaped?",
    .without_pid_namespace = kPidfdOnly,
    .pidfd = {.needs = {"pidfd_open", "pidfd_send_signal", "name_to_handle_at",
                        "open_by_handle_at"},
              .claims = {Must("estale", "no process has that inode number any more",
                              "open_by_handle_at(2)")},
              .ask = OpenInState<ProcessState::kDead>},
    .legacy = {.claims = {Must("esrch", "no process has this PID until it is reused", "kill(2)")},
               .ask = LookUpInState<ProcessState::kDead>},
}};

const Registered<Conformance> kReissued{{
    .name = "file_handle/reissued",
    .question = "Which process does a saved file handle or PID name once the PID is reused?",
    .pidfd = {.needs = {"clone3/pidfd", "pidfd_open", "name_to_handle_at", "open_by_handle_at"},
              .claims = {Must("estale", "the new owner of the PID has another inode number",
                              "open_by_handle_at(2)"),
                         Never("names_stranger", "the new owner would be taken for the old process",
                               "open_by_handle_at(2)")},
              .ask = [](Arena& arena) -> Outcome {
                const Arena::Stub worker = arena.SpawnWithPid(StubLife::kWaits, true);
                const abi::PidfdHandle handle = HandleOf(worker.pidfd);
                arena.End(worker);
                const Arena::Stub stranger = arena.SpawnWithPid(StubLife::kWaits, false);
                const Result<Fd> opened = OpenHandle(handle);
                arena.End(stranger);
                return opened.ok() ? Outcome("names_stranger") : Outcome::Of(opened.error());
              }},
    .legacy = {.claims = {Hazard("names_stranger", "a PID file names whichever process has the PID",
                                 "kill(2)")},
               .ask = [](Arena& arena) -> Outcome {
                 const Arena::Stub worker = arena.SpawnWithPid(StubLife::kWaits, false);
                 arena.End(worker);
                 const Arena::Stub stranger = arena.SpawnWithPid(StubLife::kWaits, false);
                 const sys::Status asked = sys::Kill(worker.pid, 0);
                 arena.End(stranger);
                 return asked.ok() ? Outcome("names_stranger") : Outcome::Of(asked);
               }},
}};

const Registered<Conformance> kEncodeDead{{
    .name = "file_handle/of_reaped",
    .question = "Can name_to_handle_at get a file handle for a process that is reaped?",
    .without_pid_namespace = kPidfdOnly,
    .pidfd = {.needs = {"pidfd_open", "name_to_handle_at"},
              .claims = {Must("same",
                              "the handle is the pidfd's inode number, which does not change",
                              "fs/pidfs.c pidfs_encode_fh")},
              .ask = [](Arena& arena) -> Outcome {
                Child child = arena.Spawn(body::Lingers);
                const Fd pidfd = Open(child.pid());
                const abi::PidfdHandle before = HandleOf(pidfd);
                child.Kill();
                child.Reap();
                abi::PidfdHandle after;
                const sys::Status named = sys::NameToHandle(pidfd.get(), after);
                if (!named.ok()) return Outcome::Of(named);
                return after.inode == before.inode ? "same" : "different";
              }},
    .legacy = NotPossible(kNoHandle),
}};

const Registered<Conformance> kWithoutRights{{
    .name = "file_handle/without_capability",
    .question = "Does naming a process by its file handle or PID need a capability?",
    .without_pid_namespace = kBothPaths,
    .pidfd = {.needs = {"pidfd_open", "name_to_handle_at", "open_by_handle_at"},
              .claims = {Must("ok", "unlike files, processes can be opened without privilege",
                              "Linux 6.14 fs/pidfs.c pidfs_export_permission")},
              .ask =
                  [](Arena& arena) {
                    const Child child = arena.Spawn(body::Lingers);
                    const abi::PidfdHandle handle = HandleOf(Open(child.pid()));
                    Require(sys::DropCapabilities());
                    return Outcome::Of(OpenHandle(handle).error());
                  }},
    .legacy = {.claims = {Must("ok", "any process can look up a PID", "kill(2)")},
               .ask =
                   [](Arena& arena) {
                     const Child child = arena.Spawn(body::Lingers);
                     Require(sys::DropCapabilities());
                     return Outcome::Of(sys::Kill(child.pid(), 0));
                   }},
}};

const abi::PidfdHandle* trial_handle = nullptr;

const Registered<Conformance> kFromBelow{{
    .name = "file_handle/from_namespace_below",
    .question =
        "Can a process be opened by its file handle from a PID namespace that cannot see it?",
    .without_pid_namespace = kPidfdOnly,
    .pidfd = {.needs = {"pidfd_open", "name_to_handle_at", "open_by_handle_at"},
              .claims = {Must("estale", "no such process in that PID namespace",
                              "fs/pidfs.c pidfs_fh_to_dentry")},
              .ask = [](Arena& arena) -> Outcome {
                const abi::PidfdHandle own = HandleOf(Open(getpid()));
                trial_handle = &own;
                Child below = arena.Spawn([](int) { return OpenHandle(*trial_handle).error(); },
                                          {.flags = CLONE_NEWPID});
                const siginfo_t ended = below.Reap();
                Require(ended.si_code == CLD_EXITED);
                return Outcome::Of(ended.si_status);
              }},
    .legacy = NotPossible(kNoHandle),
}};

}  // namespace
}  // namespace pidproof::scenarios::conformance::file_handle
