// systemd 262.1: src/basic/pidref.c, src/basic/pidfd-util.c, sd-event, as `systemd-notify --fork`
// goes through them.
#include <errno.h>
#include <fcntl.h>
#include <sys/epoll.h>
#include <sys/statfs.h>
#include <unistd.h>

#include <array>
#include <cstddef>
#include <new>

#include "probes/system/pidfd_info.h"
#include "probes/system/require.h"
#include "probes/system/sys.h"
#include "runner/ready/startup.h"

namespace pidproof::runner::ready {
namespace {

// pidfd_get_inode_id_self_cached, then pidref_set_pid: what the child learns of itself. It can do
// without each.
void KnowItself() {
  const Result<Fd> self = sys::PidfdOpen(getpid(), 0);
  if (self.ok()) {
    struct statfs filesystem;
    alignas(file_handle) std::array<std::byte, sizeof(file_handle) + MAX_HANDLE_SZ> space{};
    auto* handle = new (space.data()) file_handle;
    handle->handle_bytes = MAX_HANDLE_SZ;
    int mount;
    if (fstatfs(self->get(), &filesystem) == 0) {
      name_to_handle_at(self->get(), "", handle, &mount, AT_EMPTY_PATH);
    }
  }
  const Result<Fd> again = sys::PidfdOpen(getpid(), 0);
}

bool IsIoctlUnknown(int error) {
  return error == ENOTTY || error == EINVAL || error == ENOSYS || error == EOPNOTSUPP;
}

// pidref_set_pidfd, sd_event_add_child_pidref and the two waits that report and then reap.
Impact Follow(const Walk& walk, const Fd& opened) {
  const Fd pidfd(fcntl(opened.get(), F_DUPFD_CLOEXEC, 3));
  Require(static_cast<bool>(pidfd));
  walk.Next("ioctl/info");
  const int error = GetInfo(pidfd.get(), abi::kInfoPid, abi::kPidfdInfoSize71).error;
  if (error != 0 && !IsIoctlUnknown(error)) return Impact::kBrokenLate;
  walk.Next("epoll");
  const Watch watch;
  if (watch.Add(pidfd.get(), EPOLLIN | EPOLLONESHOT) != 0) return Impact::kBrokenLate;
  watch.Await();
  walk.Next("waitid/p_pidfd");
  if (WaitThrough(pidfd.get(), WNOHANG | WEXITED | WNOWAIT) != 0) return Impact::kBrokenLate;
  watch.Remove(pidfd.get());
  return WaitThrough(pidfd.get(), WNOHANG | WEXITED) == 0 ? Impact::kWorks : Impact::kBrokenLate;
}

void Systemd262(const Walk& walk) {
  const pid_t child = Require(sys::Fork());
  if (child == 0) {
    KnowItself();
    _exit(0);
  }
  walk.Next("pidfd_open");
  const Result<Fd> opened = sys::PidfdOpen(child, 0);
  const Impact impact = opened.ok() ? Follow(walk, *opened) : Impact::kBrokenAtStart;
  if (impact != Impact::kWorks) ReapByPid(child);
  walk.End(impact);
}

const Registered<Startup> kSystemd262{{"systemd-262", Systemd262}};

}  // namespace
}  // namespace pidproof::runner::ready
