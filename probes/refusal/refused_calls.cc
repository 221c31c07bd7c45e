#include "probes/refusal/refused_calls.h"

#include <dirent.h>
#include <errno.h>
#include <fmt/format.h>
#include <poll.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <iterator>

#include "probes/system/errno_name.h"
#include "probes/system/fd.h"
#include "probes/system/raw_call.h"
#include "probes/system/sys.h"
#include "probes/system/thread_calls.h"

namespace pidproof::refusal {

namespace {

// A call of the harness, made so that it does nothing and that its answer differs from most
// filters'.
struct OwnCall {
  const char* name;
  long number;              // to be called with invalid arguments
  int (*make)() = nullptr;  // or made like this, where the number differs between architectures
  bool every_trial = true;  // every trial needs it, and no common sandbox refuses it
  // Checks its descriptor, which is closed, before anything else, in every release from 5.1 on:
  // always EBADF. Calls that once checked other arguments first get valid ones.
  bool closed_first = false;
};

const OwnCall kOwnCalls[] = {
    {"bind", SYS_bind, nullptr, true, true},
    {"capget", SYS_capget},
    {"capset", SYS_capset},
    {"clone", SYS_clone},
    {"close", SYS_close},
    {"connect", SYS_connect, nullptr, true, true},
    {"dup", SYS_dup, nullptr, true, true},
    {"dup3", SYS_dup3},
    {"epoll_create1", SYS_epoll_create1},
    {"execve", SYS_execve},
    {"fchdir", SYS_fchdir, nullptr, true, true},
    {"fchmod", SYS_fchmod, nullptr, true, true},
    {"fchown", SYS_fchown, nullptr, true, true},
    {"fcntl", SYS_fcntl, nullptr, true, true},
    {"fgetxattr", SYS_fgetxattr},
    {"flistxattr", SYS_flistxattr},
    {"fremovexattr", SYS_fremovexattr},
    {"fsetxattr", SYS_fsetxattr},
    {"fstatfs", SYS_fstatfs, nullptr, true, true},
    {"fsync", SYS_fsync, nullptr, true, true},
    {"ftruncate", SYS_ftruncate},
    {"getegid", SYS_getegid},
    {"geteuid", SYS_geteuid},
    {"getgid", SYS_getgid},
    {"getpgid", SYS_getpgid},
    {"getpid", SYS_getpid},
    {"getppid", SYS_getppid},
    {"getpriority", SYS_getpriority},
    {"getsockname", SYS_getsockname, nullptr, true, true},
    {"getsockopt", SYS_getsockopt, nullptr, true, true},
    {"gettid", SYS_gettid},
    {"getuid", SYS_getuid},
    {"ioctl", SYS_ioctl, nullptr, true, true},
    {"listen", SYS_listen, nullptr, true, true},
    {"lseek", SYS_lseek, nullptr, true, true},
    {"madvise", SYS_madvise},
    {"memfd_create", SYS_memfd_create},
    {"mmap", SYS_mmap},
    {"mprotect", SYS_mprotect},
    {"munmap", SYS_munmap},
    {"newfstatat", SYS_newfstatat},
    {"openat", SYS_openat},
    {"pipe2", SYS_pipe2},
    {"ppoll", SYS_ppoll},
    {"prctl", SYS_prctl},
    {"pread64", SYS_pread64},
    {"prlimit64", SYS_prlimit64},
    {"pselect6", SYS_pselect6},
    {"pwrite64", SYS_pwrite64},
    {"read", SYS_read, nullptr, true, true},
    {"readlinkat", SYS_readlinkat},
    {"recvfrom", SYS_recvfrom},
    {"rt_sigaction", SYS_rt_sigaction},
    {"rt_sigpending", SYS_rt_sigpending},
    {"rt_sigprocmask", SYS_rt_sigprocmask},
    {"rt_sigqueueinfo", SYS_rt_sigqueueinfo},
    {"rt_sigtimedwait", SYS_rt_sigtimedwait},
    {"sched_getaffinity", SYS_sched_getaffinity},
    {"sched_getscheduler", SYS_sched_getscheduler},
    {"sendto", SYS_sendto},
    {"setitimer", SYS_setitimer},
    {"setpgid", SYS_setpgid},
    {"setpriority", SYS_setpriority},
    {"setresgid", SYS_setresgid},
    {"setresuid", SYS_setresuid},
    {"signalfd4", SYS_signalfd4},
    {"socket", SYS_socket},
    {"socketpair", SYS_socketpair},
    {"statx", SYS_statx},
    {"tgkill", SYS_tgkill},
    {"timerfd_create", SYS_timerfd_create},
    {"timerfd_settime", SYS_timerfd_settime},
    {"uname", SYS_uname},
    {"wait4", SYS_wait4},
    {"waitid", SYS_waitid},
    {"eventfd2", 0, [] { return Fd(eventfd(0, EFD_CLOEXEC)) ? 0 : -1; }},
    {"poll", 0, [] { return poll(nullptr, 0, 0); }},
    {"dup2", 0, [] { return dup2(-1, -1); }, true, true},
    {"accept4", 0, [] { return accept4(-1, nullptr, nullptr, 0); }, true, true},
    {"getdents64", 0,
     [] {
       char entries[64];
       return static_cast<int>(getdents64(-1, entries, sizeof entries));
     },
     true, true},
    {"setsockopt", 0,
     [] {
       const int on = 1;
       return setsockopt(-1, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
     },
     true, true},
    {"epoll_ctl", 0,
     [] {
       epoll_event event{};
       return epoll_ctl(-1, EPOLL_CTL_DEL, -1, &event);
     },
     true, true},
    {"recvmsg", 0,
     [] {
       msghdr message{};
       return static_cast<int>(recvmsg(-1, &message, 0));
     },
     true, true},
    {"sendmsg", 0,
     [] {
       const msghdr message{};
       return static_cast<int>(sendmsg(-1, &message, 0));
     },
     true, true},
    {"getpgrp", 0,
     [] {
       const pid_t group = getpgrp();
       if (group < 0) errno = -group;  // libc returns the kernel's value as it is
       return static_cast<int>(group);
     }},
    {"epoll_wait", 0,
     [] {
       epoll_event event{};
       return epoll_wait(-1, &event, 1, 0);
     },
     true, true},
    {"rt_sigreturn", 0,
     [] {
       signal(SIGURG, [](int) {});
       return raise(SIGURG);  // a call that cannot return from a handler dies here
     }},
    {"kill", 0, [] { return sys::Kill(getpid(), 0).ok() ? 0 : -1; }},
    // Many sandboxes refuse these, and few trials need them.
    {"clone3", SYS_clone3, nullptr, false},
    {"execveat", SYS_execveat, nullptr, false},
    {"kcmp", SYS_kcmp, nullptr, false},
    {"mount", SYS_mount, nullptr, false},
    {"ptrace", SYS_ptrace, nullptr, false},
    {"setns", SYS_setns, nullptr, false},
    {"umount2", SYS_umount2, nullptr, false},
    {"unshare", SYS_unshare, nullptr, false},
};

// What kernels answer to invalid arguments; nothing where the call is made so that it succeeds.
bool IsOfKernel(const OwnCall& call, int error) {
  if (call.closed_first) return error == EBADF;
  if (call.make != nullptr) return error == 0;
  return error == 0 || error == EBADF || error == EFAULT || error == EINVAL || error == ESRCH ||
         error == E2BIG;
}

int Errno(const OwnCall& call) {
  if (call.make != nullptr) return call.make() < 0 ? errno : 0;
  return sys::CallWithNonsense(call.number).error();
}

}  // namespace

bool MayBeFiltered() {
  const int mode = prctl(PR_GET_SECCOMP);  // EINVAL: a kernel without seccomp filters
  return mode > 0 || (mode < 0 && errno != EINVAL);
}

// Those of the C library follow the harness's own.
std::size_t CountOwnCalls() { return std::size(kOwnCalls) + ThreadCalls().size(); }

int RefusalOfOwnCall(std::size_t which) {
  if (which >= std::size(kOwnCalls)) return ThreadCalls()[which - std::size(kOwnCalls)].refusal();
  const int error = Errno(kOwnCalls[which]);
  return IsOfKernel(kOwnCalls[which], error) ? 0 : error;
}

Restriction RefusedOwnCall(std::size_t which, int error) {
  const bool own = which < std::size(kOwnCalls);
  const char* name = own ? kOwnCalls[which].name : ThreadCalls()[which - std::size(kOwnCalls)].name;
  return {.name = RefusalByFilter(name, error),
          .errors = {error},
          .spoils_everything = !own || kOwnCalls[which].every_trial};
}

std::string RefusalByFilter(std::string_view call, int error) {
  return fmt::format("a filter refuses {} ({})", call, ErrnoName(error));
}

}  // namespace pidproof::refusal
