// System calls, one thin function each. Each returns the kernel's answer and nothing else: no retry
// on EINTR, no fallback to another call, no fault made on purpose. The referee asks by these; where
// a call is itself under test, it is asked by scenarios/tested.h. This is the only file (with
// sys.cc) that makes raw system calls, and the only place that can signal by number.
#pragma once

#include <poll.h>
#include <signal.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <sys/wait.h>

#include <cstdint>
#include <span>

#include "probes/system/abi.h"
#include "probes/system/fd.h"
#include "probes/system/result.h"

struct epoll_event;
struct io_uring_params;
struct rusage;
struct sock_fprog;
struct statx;

namespace pidproof::sys {

// What a call without a value of its own returns: 0, or the errno.
using Status = Result<int>;

// fork(2). In the child *Result is 0.
Result<pid_t> Fork();

// clone(2) without a stack of its own, as a fork with flags; exit_signal goes into the low byte.
// With CLONE_PIDFD the descriptor (close-on-exec, 5.2) is stored in *pidfd. The child runs on with
// a copy of this thread's libc state, whose thread id is stale: system calls only.
Result<pid_t> Clone(std::uint64_t flags, int exit_signal, int* pidfd);

// clone3(2), 5.3. size: how much of args the kernel is shown. The child is as with Clone.
Result<pid_t> Clone3(const abi::CloneArgs& args, std::size_t size);

// pidfd_open(2), 5.3. EINVAL: pid <= 0, unknown flag, or (before 6.16) a thread id; ESRCH: no such
// process.
Result<Fd> PidfdOpen(pid_t pid, unsigned flags);

// pidfd_send_signal(2), 5.1. EBADF: not a pidfd; ESRCH: reaped; EINVAL: flags; EPERM: credentials.
Status PidfdSendSignal(int pidfd, int signal, siginfo_t* info, unsigned flags);

// pidfd_getfd(2), 5.6. EBADF, ESRCH, EPERM (ptrace attach rights), EINVAL: flags.
Result<Fd> PidfdGetfd(int pidfd, int target, unsigned flags);

// process_madvise(2), 5.10. The number of bytes advised.
Result<ssize_t> ProcessMadvise(int pidfd, std::span<const iovec> ranges, int advice,
                               unsigned flags);

// process_mrelease(2), 5.15. EINVAL: alive; ESRCH: no memory left to release.
Status ProcessMrelease(int pidfd, unsigned flags);

// waitid(2), raw. si_pid is 0 when WNOHANG found nothing to report. ECHILD, EAGAIN (a non-blocking
// pidfd, 5.10), EINVAL (an id type the kernel does not know: P_PIDFD before 5.4), EBADF, EINTR.
Result<siginfo_t> Waitid(int id_type, int id, int options);

// The same with all that the system call takes: where to store what it found, and the resources
// used (both may be nullptr). info may be any address. EFAULT: it is not one of ours.
Status WaitidInto(int id_type, int id, siginfo_t* info, int options, rusage* usage);

// setns(2); a pidfd is taken from 5.8 on.
Status Setns(int fd, int flags);

// statx(2) of a descriptor itself (AT_EMPTY_PATH), 4.11. The library's own falls back to fstatat.
Status Statx(int fd, unsigned mask, struct statx* status);

// ioctl(2). argument: an address, or 0.
Status Ioctl(int fd, unsigned request, std::uintptr_t argument);

// name_to_handle_at(2) of the descriptor itself. EOPNOTSUPP: its filesystem has no handles (pidfds
// before 6.14).
Status NameToHandle(int fd, abi::PidfdHandle& handle);

// open_by_handle_at(2). ESTALE: nothing has that handle here; EPERM: CAP_DAC_READ_SEARCH, which a
// pidfd's handle does not need. handle may be nullptr, which is EFAULT.
Result<Fd> OpenByHandle(int mount, const abi::PidfdHandle* handle, int flags);

// open_tree(2) of the descriptor itself, 5.2.
Result<Fd> OpenTree(int fd, unsigned flags);

// statmount(2), 6.8, without a place for what it finds.
Status Statmount(const abi::MountRequest& request);

// fanotify_init(2).
Result<Fd> FanotifyInit(unsigned flags);

// io_uring_setup(2), 5.1. EPERM: sysctl kernel.io_uring_disabled (6.6).
Result<Fd> IoUringSetup(unsigned entries);
// The same, where the ring is to be used: parameters say where it lies.
Result<Fd> IoUringSetup(unsigned entries, io_uring_params& parameters);

// io_uring_register(2) with IORING_REGISTER_PROBE (5.6): whether the kernel knows the operation.
Result<bool> IoUringKnows(int ring, unsigned operation);

// io_uring_enter(2): submits the requests that are queued in the ring, and waits until that many
// have completed.
Status IoUringEnter(int ring, unsigned submit, unsigned complete);

// kcmp(2) KCMP_FILE: whether two descriptors of this process are one open file. ENOSYS: a kernel
// built without it.
Result<bool> SameOpenFile(int one, int other);

// kill(2). Throws Broken for pid <= 1 before asking the kernel: 0, -1 and other negative numbers
// name groups, 1 is init, and an unchecked fork returns -1.
Status Kill(pid_t pid, int signal);

// kill(2) of a process group. Throws Broken for group <= 1: that would be our own group, or all.
Status KillGroup(pid_t group, int signal);

// rt_sigqueueinfo(2), with Kill's guard. The kernel sets si_signo. EPERM: a si_code of the
// kernel's, to another process; EAGAIN: RLIMIT_SIGPENDING of the target.
Status QueueSignal(pid_t pid, int signal, const siginfo_t* info);

// poll(2) on one descriptor: the revents, 0 on time-out. timeout in milliseconds, -1 for none.
Result<short> Poll(int fd, short events, int timeout);

// epoll_wait(2): the number of events, 0 on time-out. timeout in milliseconds, -1 for none.
Result<int> EpollWait(int epoll, std::span<epoll_event> events, int timeout);

// exit(2), the system call: ends the calling thread only, and the process if it is the last.
[[noreturn]] void ExitThread(int status);

// SIGKILL to this process when the process that made it dies; ends at once if it is dead already.
// parent: its number here, or 0 where it has none (the first process of a pid namespace).
void DieWithParent(pid_t parent);

// Gives up these capabilities of this process, a bit each, all by default (capset(2)).
Status DropCapabilities(std::uint64_t which = ~std::uint64_t{0});

// Whether the capability is in this process's effective set (capget(2)).
bool HasCapability(int capability);

// seccomp(2) SECCOMP_SET_MODE_FILTER after PR_SET_NO_NEW_PRIVS, for this process and its offspring.
Status InstallFilter(const sock_fprog& program);

// The same with a listener that is told of the calls the filter returns SECCOMP_RET_USER_NOTIF for
// (5.0; letting them go on: 5.5). EBUSY: another filter here has a listener already.
Result<Fd> InstallListener(const sock_fprog& program);

}  // namespace pidproof::sys
