// System calls, one thin function each. Each returns the kernel's answer and nothing else: no retry
// on EINTR, no fallback to another call, no injected fault. The referee uses these; calls under
// test go through scenarios/tested.h, but for those that are plain wrappers there. Only sys.cc
// makes raw system calls, and only it can signal by PID.
#pragma once

#include <poll.h>
#include <signal.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <sys/wait.h>

#include <chrono>
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

// The result of a call without a value: 0, or the errno.
using Status = Result<int>;

// fork(2). In the child the value is 0.
Result<pid_t> Fork();

// clone(2) without a new stack, as a fork with flags; exit_signal goes into the low byte. With
// CLONE_PIDFD the descriptor (close-on-exec, 5.2) is stored in *pidfd. The child runs on with a
// copy of this thread's libc state, whose thread ID is stale: system calls only.
Result<pid_t> Clone(std::uint64_t flags, int exit_signal, int* pidfd);

// clone3(2), 5.3. size: how much of args is passed. The child is as with Clone.
Result<pid_t> Clone3(const abi::CloneArgs& args, std::size_t size);

// pidfd_open(2), 5.3. EINVAL: pid <= 0, unknown flag, or (before 6.16) a thread ID; ESRCH: no such
// process.
Result<Fd> PidfdOpen(pid_t pid, unsigned flags);

// pidfd_send_signal(2), 5.1. EBADF: not a pidfd; ESRCH: reaped; EINVAL: flags; EPERM: credentials.
Status PidfdSendSignal(int pidfd, int signal, siginfo_t* info, unsigned flags);

// pidfd_getfd(2), 5.6. EBADF, ESRCH, EPERM (ptrace attach rights), EINVAL: flags.
Result<Fd> PidfdGetfd(int pidfd, int target, unsigned flags);

// process_madvise(2), 5.10. Returns the number of bytes advised.
Result<ssize_t> ProcessMadvise(int pidfd, std::span<const iovec> ranges, int advice,
                               unsigned flags);

// process_mrelease(2), 5.15. EINVAL: alive; ESRCH: no memory left to release.
Status ProcessMrelease(int pidfd, unsigned flags);

// waitid(2), raw. si_pid is 0 when WNOHANG found nothing to report. ECHILD, EAGAIN (a non-blocking
// pidfd, 5.10), EINVAL (an unknown id type: P_PIDFD before 5.4), EBADF, EINTR.
Result<siginfo_t> Waitid(int id_type, int id, int options);

// The same with all arguments of the system call: where to store the result, and the resources used
// (both may be nullptr). EFAULT: info is not a valid address.
Status WaitidInto(int id_type, int id, siginfo_t* info, int options, rusage* usage);

// setns(2); accepts a pidfd from 5.8 on.
Status Setns(int fd, int flags);

// statx(2) of a descriptor itself (AT_EMPTY_PATH), 4.11. glibc's own falls back to fstatat.
Status Statx(int fd, unsigned mask, struct statx* status);

// ioctl(2). argument: an address, or 0.
Status Ioctl(int fd, unsigned request, std::uintptr_t argument);

// name_to_handle_at(2) of the descriptor itself. EOPNOTSUPP: its filesystem has no handles (pidfds
// before 6.14).
Status NameToHandle(int fd, abi::PidfdHandle& handle);

// open_by_handle_at(2). ESTALE: nothing has that handle here; EPERM: CAP_DAC_READ_SEARCH, which a
// pidfd's handle does not need. handle may be nullptr (EFAULT).
Result<Fd> OpenByHandle(int mount, const abi::PidfdHandle* handle, int flags);

// open_tree(2) of the descriptor itself, 5.2.
Result<Fd> OpenTree(int fd, unsigned flags);

// statmount(2), 6.8, without an output buffer.
Status Statmount(const abi::MountRequest& request);

// fchroot, 7.3, with no flags. EBADF: no such descriptor; ENOTDIR: not a directory; EPERM: without
// CAP_SYS_CHROOT. These are checked in this order.
Status Fchroot(int directory);

// fanotify_init(2).
Result<Fd> FanotifyInit(unsigned flags);

// io_uring_setup(2), 5.1. EPERM: sysctl kernel.io_uring_disabled (6.6).
Result<Fd> IoUringSetup(unsigned entries);
// The same for a ring that is used: parameters returns its layout.
Result<Fd> IoUringSetup(unsigned entries, io_uring_params& parameters);

// io_uring_register(2) with IORING_REGISTER_PROBE (5.6): whether the kernel has the operation.
Result<bool> IoUringKnows(int ring, unsigned operation);

// io_uring_enter(2): submits queued requests, and waits until that many have completed.
Status IoUringEnter(int ring, unsigned submit, unsigned complete);
// The same with a time-out (5.11): ETIME where too few have completed by then, EINVAL before 5.11.
Status IoUringEnter(int ring, unsigned submit, unsigned complete, std::chrono::seconds timeout);

// kcmp(2) KCMP_FILE: whether two descriptors of this process refer to one open file. ENOSYS: a
// kernel built without it.
Result<bool> SameOpenFile(int one, int other);

// kill(2). Throws Broken for pid <= 1 before any call: 0, -1 and other negative numbers name
// groups, 1 is init, and an unchecked fork returns -1.
Status Kill(pid_t pid, int signal);

// kill(2) of a process group. Throws Broken for group <= 1: that would be our own group, or all
// processes.
Status KillGroup(pid_t group, int signal);

// rt_sigqueueinfo(2), guarded like Kill. The kernel sets si_signo. EPERM: a si_code reserved for
// the kernel, to another process; EAGAIN: RLIMIT_SIGPENDING of the target.
Status QueueSignal(pid_t pid, int signal, const siginfo_t* info);

// poll(2) on one descriptor: the revents, 0 on time-out. timeout in milliseconds, -1 for none.
Result<short> Poll(int fd, short events, int timeout);

// epoll_wait(2): the number of events, 0 on time-out. timeout in milliseconds, -1 for none.
Result<int> EpollWait(int epoll, std::span<epoll_event> events, int timeout);

// exit(2), the system call: ends the calling thread only, and the process if it is the last.
[[noreturn]] void ExitThread(int status);

// SIGKILL to this process when its parent dies; exits at once if the parent is dead already.
// parent: its PID here, or 0 where it has none (the first process of a PID namespace).
void DieWithParent(pid_t parent);

// Drops these capabilities of this process, one bit each, by default all (capset(2)).
Status DropCapabilities(std::uint64_t which = ~std::uint64_t{0});

// Whether the capability is in this process's effective set (capget(2)).
bool HasCapability(int capability);

// seccomp(2) SECCOMP_SET_MODE_FILTER after PR_SET_NO_NEW_PRIVS, for this process and its
// descendants.
Status InstallFilter(const sock_fprog& program);

// The same with a listener, which is notified of calls for which the filter returns
// SECCOMP_RET_USER_NOTIF (5.0; continuing them: 5.5). EBUSY: another filter here has a listener
// already.
Result<Fd> InstallListener(const sock_fprog& program);

}  // namespace pidproof::sys
