#include "probes/system/sys.h"

#include <errno.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <linux/capability.h>
#include <linux/filter.h>
#include <linux/futex.h>
#include <linux/io_uring.h>
#include <linux/kcmp.h>
#include <linux/seccomp.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <array>
#include <cstring>

#include "probes/system/landlock.h"
#include "probes/system/raw_call.h"
#include "probes/system/require.h"

namespace pidproof::sys {

namespace {

Status ToStatus(long returned) {
  return returned < 0 ? Status::Errno(errno) : Status(static_cast<int>(returned));
}

Result<Fd> ToFd(long returned) {
  return returned < 0 ? Result<Fd>::Errno(errno) : Result<Fd>(Fd(static_cast<int>(returned)));
}

Result<pid_t> ToPid(long returned) {
  return returned < 0 ? Result<pid_t>::Errno(errno) : Result<pid_t>(static_cast<pid_t>(returned));
}

}  // namespace

Status FutexWithoutWaiters(int operation) {
  std::uint32_t word = 0;
  return ToStatus(
      syscall(SYS_futex, &word, operation, 1, nullptr, nullptr, FUTEX_BITSET_MATCH_ANY));
}

Result<pid_t> Fork() { return ToPid(fork()); }

Result<pid_t> Clone(std::uint64_t flags, int exit_signal, int* pidfd) {
  // The order of the last two arguments differs between architectures; both are 0 here.
  return ToPid(syscall(SYS_clone, flags | static_cast<unsigned>(exit_signal), 0, pidfd, 0, 0));
}

Result<pid_t> Clone3(const abi::CloneArgs& args, std::size_t size) {
  return ToPid(syscall(SYS_clone3, &args, size));
}

Result<Fd> PidfdOpen(pid_t pid, unsigned flags) {
  return ToFd(syscall(SYS_pidfd_open, pid, flags));
}

Status PidfdSendSignal(int pidfd, int signal, siginfo_t* info, unsigned flags) {
  return ToStatus(syscall(SYS_pidfd_send_signal, pidfd, signal, info, flags));
}

Result<Fd> PidfdGetfd(int pidfd, int target, unsigned flags) {
  return ToFd(syscall(SYS_pidfd_getfd, pidfd, target, flags));
}

Result<ssize_t> ProcessMadvise(int pidfd, std::span<const iovec> ranges, int advice,
                               unsigned flags) {
  const long bytes =
      syscall(SYS_process_madvise, pidfd, ranges.data(), ranges.size(), advice, flags);
  return bytes < 0 ? Result<ssize_t>::Errno(errno) : Result<ssize_t>(bytes);
}

Status ProcessMrelease(int pidfd, unsigned flags) {
  return ToStatus(syscall(SYS_process_mrelease, pidfd, flags));
}

Result<siginfo_t> Waitid(int id_type, int id, int options) {
  siginfo_t info{};
  const bool done = syscall(SYS_waitid, id_type, id, &info, options, nullptr) == 0;
  return done ? Result<siginfo_t>(info) : Result<siginfo_t>::Errno(errno);
}

Status WaitidInto(int id_type, int id, siginfo_t* info, int options, rusage* usage) {
  return ToStatus(syscall(SYS_waitid, id_type, id, info, options, usage));
}

Result<long> CallWithNonsense(long number) {
  const long returned = syscall(number, -1L, -1L, -1L, -1L, -1L, -1L);
  return returned < 0 ? Result<long>::Errno(errno) : Result<long>(returned);
}

Status Statx(int fd, unsigned mask, struct statx* status) {
  return ToStatus(syscall(SYS_statx, fd, "", AT_EMPTY_PATH, mask, status));
}

Status Setns(int fd, int flags) { return ToStatus(syscall(SYS_setns, fd, flags)); }

Status Ioctl(int fd, unsigned request, std::uintptr_t argument) {
  return ToStatus(syscall(SYS_ioctl, fd, request, argument));
}

Status NameToHandle(int fd, abi::PidfdHandle& handle) {
  int mount = 0;
  return ToStatus(syscall(SYS_name_to_handle_at, fd, "", &handle, &mount, AT_EMPTY_PATH));
}

Result<Fd> OpenByHandle(int mount, const abi::PidfdHandle* handle, int flags) {
  return ToFd(syscall(SYS_open_by_handle_at, mount, handle, flags));
}

Result<Fd> OpenTree(int fd, unsigned flags) {
  return ToFd(syscall(SYS_open_tree, fd, "", flags | AT_EMPTY_PATH));
}

Status Statmount(const abi::MountRequest& request) {
  return ToStatus(syscall(SYS_statmount, &request, nullptr, 0, 0));
}

Status Fchroot(int directory) { return ToStatus(syscall(SYS_fchroot, directory, 0)); }

Result<Fd> FanotifyInit(unsigned flags) { return ToFd(syscall(SYS_fanotify_init, flags, 0)); }

Result<Fd> IoUringSetup(unsigned entries) {
  io_uring_params parameters{};
  return IoUringSetup(entries, parameters);
}

Result<Fd> IoUringSetup(unsigned entries, io_uring_params& parameters) {
  return ToFd(syscall(SYS_io_uring_setup, entries, &parameters));
}

Result<bool> IoUringKnows(int ring, unsigned operation) {
  constexpr unsigned kOperations = 256;  // the maximum
  alignas(io_uring_probe)
      std::array<char, sizeof(io_uring_probe) + kOperations * sizeof(io_uring_probe_op)>
          bytes{};
  if (syscall(SYS_io_uring_register, ring, abi::kIoUringRegisterProbe, bytes.data(), kOperations) <
      0) {
    return Result<bool>::Errno(errno);
  }
  io_uring_probe_op known{};
  std::memcpy(&known, bytes.data() + sizeof(io_uring_probe) + operation * sizeof known,
              sizeof known);
  return (known.flags & IO_URING_OP_SUPPORTED) != 0;
}

Status IoUringEnter(int ring, unsigned submit, unsigned complete) {
  return ToStatus(
      syscall(SYS_io_uring_enter, ring, submit, complete, IORING_ENTER_GETEVENTS, nullptr, 0));
}

Status IoUringEnter(int ring, unsigned submit, unsigned complete, std::chrono::seconds timeout) {
  const __kernel_timespec time{.tv_sec = timeout.count(), .tv_nsec = 0};
  const io_uring_getevents_arg argument{
      .sigmask = 0, .sigmask_sz = 0, .pad = 0, .ts = reinterpret_cast<std::uint64_t>(&time)};
  return ToStatus(syscall(SYS_io_uring_enter, ring, submit, complete,
                          IORING_ENTER_GETEVENTS | IORING_ENTER_EXT_ARG, &argument,
                          sizeof argument));
}

Result<bool> SameOpenFile(int one, int other) {
  const long order = syscall(SYS_kcmp, getpid(), getpid(), KCMP_FILE, one, other);
  return order < 0 ? Result<bool>::Errno(errno) : Result<bool>(order == 0);
}

Status Kill(pid_t pid, int signal) {
  if (pid <= 1) throw Broken(fmt::format("refused to send {} to pid {}", signal, pid));
  return ToStatus(kill(pid, signal));
}

Status KillGroup(pid_t group, int signal) {
  if (group <= 1) throw Broken(fmt::format("refused to send {} to group {}", signal, group));
  return ToStatus(kill(-group, signal));
}

Status QueueSignal(pid_t pid, int signal, const siginfo_t* info) {
  if (pid <= 1) throw Broken(fmt::format("refused to queue {} for pid {}", signal, pid));
  return ToStatus(syscall(SYS_rt_sigqueueinfo, pid, signal, info));
}

Result<short> Poll(int fd, short events, int timeout) {
  pollfd polled{.fd = fd, .events = events, .revents = 0};
  return poll(&polled, 1, timeout) < 0 ? Result<short>::Errno(errno) : polled.revents;
}

Result<int> EpollWait(int epoll, std::span<epoll_event> events, int timeout) {
  const int count = epoll_wait(epoll, events.data(), static_cast<int>(events.size()), timeout);
  return count < 0 ? Result<int>::Errno(errno) : Result<int>(count);
}

void ExitThread(int status) {
  for (;;) syscall(SYS_exit, status);
}

void DieWithParent(pid_t parent) {
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (parent != 0 && getppid() != parent) _exit(0);
}

Status DropCapabilities(std::uint64_t which) {
  __user_cap_header_struct head{_LINUX_CAPABILITY_VERSION_3, 0};
  __user_cap_data_struct sets[_LINUX_CAPABILITY_U32S_3] = {};
  if (syscall(SYS_capget, &head, sets) < 0) return Status::Errno(errno);
  for (__user_cap_data_struct& set : sets) {
    const auto kept = ~static_cast<std::uint32_t>(which);
    set.effective &= kept;
    set.permitted &= kept;
    set.inheritable &= kept;
    which >>= 32;
  }
  return ToStatus(syscall(SYS_capset, &head, sets));
}

bool HasCapability(int capability) {
  __user_cap_header_struct head{_LINUX_CAPABILITY_VERSION_3, 0};
  __user_cap_data_struct sets[_LINUX_CAPABILITY_U32S_3] = {};
  if (syscall(SYS_capget, &head, sets) < 0) return false;
  const auto number = static_cast<unsigned>(capability);
  return (sets[number / 32].effective >> (number % 32) & 1) != 0;
}

Status InstallFilter(const sock_fprog& program) {
  prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
  return ToStatus(syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &program));
}

Status EnterLandlockDomain(std::uint64_t scopes) {
  struct RulesetAttributes {
    std::uint64_t handled_access_fs = 0;
    std::uint64_t handled_access_net = 0;
    std::uint64_t scoped = 0;
  };
  RulesetAttributes attributes;
  attributes.scoped = scopes;
  const Result<Fd> ruleset =
      ToFd(syscall(SYS_landlock_create_ruleset, &attributes, sizeof attributes, 0));
  if (!ruleset.ok()) return Status::Errno(ruleset.error());
  prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
  return ToStatus(syscall(SYS_landlock_restrict_self, ruleset->get(), 0));
}

Result<Fd> InstallListener(const sock_fprog& program) {
  prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
  return ToFd(
      syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_NEW_LISTENER, &program));
}

}  // namespace pidproof::sys
