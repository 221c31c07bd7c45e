// A pidfd that is bound to a path: what opening that path gives.
#include <errno.h>
#include <fcntl.h>
#include <sys/mount.h>
#include <sys/stat.h>

#include <string>

#include "probes/system/require.h"
#include "probes/system/sys.h"
#include "scenarios/fixtures/private_directory.h"
#include "scenarios/fixtures/process_state.h"
#include "scenarios/scenario.h"
#include "scenarios/tested.h"

namespace pidproof::scenarios::conformance::descriptor_mounted {
namespace {

const std::vector<std::string_view> kNeeds = {"pidfd_open", "pidfd_send_signal",
                                              "open_tree/bind_mount"};
constexpr std::string_view kNoFile = "a PID is not a file that could be bound";

std::uint64_t InodeOf(const Fd& pidfd) {
  struct stat status {};
  Require(fstat(pidfd.get(), &status) == 0);
  return status.st_ino;
}

// Binds the pidfd to a new file and returns the file's path.
std::string Bind(const Fd& pidfd) {
  const std::string path = MakePrivateDirectory() + "/process";
  const Fd place(open(path.c_str(), O_CREAT | O_RDONLY | O_CLOEXEC, 0600));
  Require(static_cast<bool>(place));
  const Result<Fd> tree = sys::OpenTree(pidfd.get(), abi::kOpenTreeClone);
  if (!tree.ok()) throw Unsupported("no mount can be made of a pidfd here");
  if (move_mount(tree->get(), "", AT_FDCWD, path.c_str(), MOVE_MOUNT_F_EMPTY_PATH) != 0)
    throw Unsupported("the mount of a pidfd cannot be moved to a path");
  return path;
}

Result<Fd> OpenBound(const std::string& path) {
  Fd opened(open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (opened) return opened;
  if (errno == EACCES) throw Unsupported("the file belongs to root and open(2) fails with EACCES");
  return Result<Fd>::Errno(errno);
}

const Registered<Conformance> kSame{{
    .name = "descriptor/bound_to_path",
    .question = "Does opening a path that a pidfd is bound to give a pidfd of the same process?",
    .without_pid_namespace = kPidfdOnly,
    .pidfd = {.needs = kNeeds,
              .claims = {Must("same_process", "the mount refers to the process's inode",
                              "Linux 6.14 fs/namespace.c may_copy_tree, fs/pidfs.c")},
              .ask = [](Arena& arena) -> Outcome {
                const Child child = arena.Spawn(body::Lingers);
                const Fd pidfd = Require(tested::PidfdOpen(child.pid(), 0));
                const Result<Fd> opened = OpenBound(Bind(pidfd));
                if (!opened.ok()) return Outcome::Of(opened.error());
                if (InodeOf(*opened) != InodeOf(pidfd)) return "another_file";
                const sys::Status sent =
                    tested::PidfdSendSignal({opened->get(), child.pid()}, 0, nullptr, 0);
                return sent.ok() ? "same_process" : Outcome::Of(sent);
              }},
    .legacy = NotPossible(kNoFile),
}};

const Registered<Conformance> kOutlives{{
    .name = "descriptor/bound_path_of_dead",
    .question = "Does a path that a pidfd is bound to still name the process once it is reaped?",
    .without_pid_namespace = kPidfdOnly,
    .pidfd = {.needs = kNeeds,
              .claims = {Must("esrch", "it opens a pidfd of that process, which is gone",
                              "fs/pidfs.c, pidfd_send_signal(2)")},
              .ask = [](Arena& arena) -> Outcome {
                Child child = arena.Spawn(body::Lingers);
                Fd pidfd = Require(tested::PidfdOpen(child.pid(), 0));
                const std::string path = Bind(pidfd);
                pidfd.reset();
                DriveTo(child, ProcessState::kDead);
                const Result<Fd> opened = OpenBound(path);
                if (!opened.ok()) return Outcome::Of(opened.error());
                return Outcome::Of(tested::PidfdSendSignal(opened->get(), 0, nullptr, 0));
              }},
    .legacy = NotPossible(kNoFile),
}};

const Registered<Conformance> kUnmounted{{
    .name = "descriptor/bound_then_unmounted",
    .question = "Can a mount of a pidfd be copied once it is unmounted, by a descriptor in it?",
    .without_pid_namespace = kPidfdOnly,
    .pidfd = {.needs = kNeeds,
              .claims = {Must("copied", "what is copied is a pidfd's own tree, wherever it hangs",
                              "fs/namespace.c may_copy_tree")},
              .ask = [](Arena& arena) -> Outcome {
                const Child child = arena.Spawn(body::Lingers);
                const Fd pidfd = Require(tested::PidfdOpen(child.pid(), 0));
                const std::string path = Bind(pidfd);
                const Fd inside(open(path.c_str(), O_PATH | O_CLOEXEC));
                Require(static_cast<bool>(inside));
                Require(umount2(path.c_str(), MNT_DETACH) == 0);
                const Result<Fd> copy = sys::OpenTree(inside.get(), abi::kOpenTreeClone);
                if (!copy.ok()) return Outcome::Of(copy.error());
                return InodeOf(*copy) == InodeOf(pidfd) ? "copied" : "another_file";
              }},
    .legacy = NotPossible(kNoFile),
}};

}  // namespace
}  // namespace pidproof::scenarios::conformance::descriptor_mounted
