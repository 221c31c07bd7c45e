#include "runner/transcript/constants.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <linux/kcmp.h>
#include <sched.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include <algorithm>

namespace pidproof::runner::transcript {

namespace {

// One of these is the whole value.
constexpr Constant kValues[] = {
    {"idtype", "P_ALL", static_cast<std::uint64_t>(P_ALL)},
    {"idtype", "P_PID", static_cast<std::uint64_t>(P_PID)},
    {"idtype", "P_PGID", static_cast<std::uint64_t>(P_PGID)},
    {"idtype", "P_PIDFD", 3},
    {"mask", "SIG_BLOCK", static_cast<std::uint64_t>(SIG_BLOCK)},
    {"mask", "SIG_UNBLOCK", static_cast<std::uint64_t>(SIG_UNBLOCK)},
    {"mask", "SIG_SETMASK", static_cast<std::uint64_t>(SIG_SETMASK)},
    {"epoll", "EPOLL_CTL_ADD", static_cast<std::uint64_t>(EPOLL_CTL_ADD)},
    {"epoll", "EPOLL_CTL_DEL", static_cast<std::uint64_t>(EPOLL_CTL_DEL)},
    {"epoll", "EPOLL_CTL_MOD", static_cast<std::uint64_t>(EPOLL_CTL_MOD)},
    {"fcntl", "F_DUPFD", static_cast<std::uint64_t>(F_DUPFD)},
    {"fcntl", "F_GETFD", static_cast<std::uint64_t>(F_GETFD)},
    {"fcntl", "F_SETFD", static_cast<std::uint64_t>(F_SETFD)},
    {"fcntl", "F_GETFL", static_cast<std::uint64_t>(F_GETFL)},
    {"fcntl", "F_SETFL", static_cast<std::uint64_t>(F_SETFL)},
    {"fcntl", "F_GETLK", static_cast<std::uint64_t>(F_GETLK)},
    {"fcntl", "F_SETLK", static_cast<std::uint64_t>(F_SETLK)},
    {"fcntl", "F_SETLKW", static_cast<std::uint64_t>(F_SETLKW)},
    {"fcntl", "F_SETOWN", static_cast<std::uint64_t>(F_SETOWN)},
    {"fcntl", "F_GETOWN", static_cast<std::uint64_t>(F_GETOWN)},
    {"fcntl", "F_SETSIG", static_cast<std::uint64_t>(F_SETSIG)},
    {"fcntl", "F_GETSIG", static_cast<std::uint64_t>(F_GETSIG)},
    {"fcntl", "F_SETOWN_EX", static_cast<std::uint64_t>(F_SETOWN_EX)},
    {"fcntl", "F_GETOWN_EX", static_cast<std::uint64_t>(F_GETOWN_EX)},
    {"fcntl", "F_DUPFD_CLOEXEC", static_cast<std::uint64_t>(F_DUPFD_CLOEXEC)},
    {"fcntl", "F_GETPIPE_SZ", static_cast<std::uint64_t>(F_GETPIPE_SZ)},
    {"fcntl", "F_ADD_SEALS", static_cast<std::uint64_t>(F_ADD_SEALS)},
    {"fcntl", "F_OFD_SETLK", static_cast<std::uint64_t>(F_OFD_SETLK)},
    {"fcntl", "F_OFD_GETLK", static_cast<std::uint64_t>(F_OFD_GETLK)},
    {"prctl", "PR_SET_PDEATHSIG", static_cast<std::uint64_t>(PR_SET_PDEATHSIG)},
    {"prctl", "PR_GET_PDEATHSIG", static_cast<std::uint64_t>(PR_GET_PDEATHSIG)},
    {"prctl", "PR_GET_DUMPABLE", static_cast<std::uint64_t>(PR_GET_DUMPABLE)},
    {"prctl", "PR_SET_DUMPABLE", static_cast<std::uint64_t>(PR_SET_DUMPABLE)},
    {"prctl", "PR_SET_KEEPCAPS", static_cast<std::uint64_t>(PR_SET_KEEPCAPS)},
    {"prctl", "PR_SET_NAME", static_cast<std::uint64_t>(PR_SET_NAME)},
    {"prctl", "PR_GET_NAME", static_cast<std::uint64_t>(PR_GET_NAME)},
    {"prctl", "PR_SET_NO_NEW_PRIVS", static_cast<std::uint64_t>(PR_SET_NO_NEW_PRIVS)},
    {"prctl", "PR_GET_NO_NEW_PRIVS", static_cast<std::uint64_t>(PR_GET_NO_NEW_PRIVS)},
    {"prctl", "PR_SET_CHILD_SUBREAPER", static_cast<std::uint64_t>(PR_SET_CHILD_SUBREAPER)},
    {"prctl", "PR_GET_CHILD_SUBREAPER", static_cast<std::uint64_t>(PR_GET_CHILD_SUBREAPER)},
    {"prctl", "PR_SET_PTRACER", static_cast<std::uint64_t>(PR_SET_PTRACER)},
    {"prctl", "PR_CAPBSET_DROP", static_cast<std::uint64_t>(PR_CAPBSET_DROP)},
    {"prctl", "PR_SET_SECCOMP", static_cast<std::uint64_t>(PR_SET_SECCOMP)},
    {"limit", "RLIMIT_CORE", static_cast<std::uint64_t>(RLIMIT_CORE)},
    {"limit", "RLIMIT_NOFILE", static_cast<std::uint64_t>(RLIMIT_NOFILE)},
    {"limit", "RLIMIT_NPROC", static_cast<std::uint64_t>(RLIMIT_NPROC)},
    {"limit", "RLIMIT_STACK", static_cast<std::uint64_t>(RLIMIT_STACK)},
    {"limit", "RLIMIT_SIGPENDING", static_cast<std::uint64_t>(RLIMIT_SIGPENDING)},
    {"limit", "RLIMIT_AS", static_cast<std::uint64_t>(RLIMIT_AS)},
    {"limit", "RLIMIT_CPU", static_cast<std::uint64_t>(RLIMIT_CPU)},
    {"limit", "RLIMIT_FSIZE", static_cast<std::uint64_t>(RLIMIT_FSIZE)},
    {"family", "AF_UNIX", static_cast<std::uint64_t>(AF_UNIX)},
    {"family", "AF_INET", static_cast<std::uint64_t>(AF_INET)},
    {"family", "AF_INET6", static_cast<std::uint64_t>(AF_INET6)},
    {"family", "AF_NETLINK", static_cast<std::uint64_t>(AF_NETLINK)},
    {"level", "SOL_SOCKET", static_cast<std::uint64_t>(SOL_SOCKET)},
    {"option", "SO_PASSCRED", static_cast<std::uint64_t>(SO_PASSCRED)},
    {"option", "SO_PEERCRED", static_cast<std::uint64_t>(SO_PEERCRED)},
    {"option", "SO_TYPE", static_cast<std::uint64_t>(SO_TYPE)},
    {"option", "SO_ERROR", static_cast<std::uint64_t>(SO_ERROR)},
    {"option", "SO_SNDBUF", static_cast<std::uint64_t>(SO_SNDBUF)},
    {"option", "SO_RCVBUF", static_cast<std::uint64_t>(SO_RCVBUF)},
    {"option", "SO_PASSPIDFD", 76},
    {"option", "SO_PEERPIDFD", 77},
    {"madvise", "MADV_DONTNEED", static_cast<std::uint64_t>(MADV_DONTNEED)},
    {"madvise", "MADV_WILLNEED", static_cast<std::uint64_t>(MADV_WILLNEED)},
    {"madvise", "MADV_NORMAL", static_cast<std::uint64_t>(MADV_NORMAL)},
    {"madvise", "MADV_COLD", 20},
    {"madvise", "MADV_PAGEOUT", 21},
    {"madvise", "MADV_COLLAPSE", 25},
    {"madvise", "MADV_GUARD_INSTALL", 102},
    {"madvise", "MADV_GUARD_REMOVE", 103},
    {"kcmp", "KCMP_FILE", static_cast<std::uint64_t>(KCMP_FILE)},
    {"kcmp", "KCMP_VM", static_cast<std::uint64_t>(KCMP_VM)},
    {"kcmp", "KCMP_FILES", static_cast<std::uint64_t>(KCMP_FILES)},
    {"ptrace", "PTRACE_TRACEME", static_cast<std::uint64_t>(PTRACE_TRACEME)},
    {"ptrace", "PTRACE_ATTACH", static_cast<std::uint64_t>(PTRACE_ATTACH)},
    {"ptrace", "PTRACE_SEIZE", static_cast<std::uint64_t>(PTRACE_SEIZE)},
    {"ptrace", "PTRACE_DETACH", static_cast<std::uint64_t>(PTRACE_DETACH)},
    {"ptrace", "PTRACE_CONT", static_cast<std::uint64_t>(PTRACE_CONT)},
    {"ptrace", "PTRACE_INTERRUPT", static_cast<std::uint64_t>(PTRACE_INTERRUPT)},
    {"ptrace", "PTRACE_SETOPTIONS", static_cast<std::uint64_t>(PTRACE_SETOPTIONS)},
    {"ptrace", "PTRACE_LISTEN", static_cast<std::uint64_t>(PTRACE_LISTEN)},
    {"ioctl", "PIDFD_GET_CGROUP_NAMESPACE", 0xff01},
    {"ioctl", "PIDFD_GET_IPC_NAMESPACE", 0xff02},
    {"ioctl", "PIDFD_GET_MNT_NAMESPACE", 0xff03},
    {"ioctl", "PIDFD_GET_NET_NAMESPACE", 0xff04},
    {"ioctl", "PIDFD_GET_PID_NAMESPACE", 0xff05},
    {"ioctl", "PIDFD_GET_PID_FOR_CHILDREN_NAMESPACE", 0xff06},
    {"ioctl", "PIDFD_GET_TIME_NAMESPACE", 0xff07},
    {"ioctl", "PIDFD_GET_TIME_FOR_CHILDREN_NAMESPACE", 0xff08},
    {"ioctl", "PIDFD_GET_USER_NAMESPACE", 0xff09},
    {"ioctl", "PIDFD_GET_UTS_NAMESPACE", 0xff0a},
    {"ioctl", "NS_GET_NSTYPE", 0xb703},
    {"ioctl", "NS_GET_PARENT", 0xb702},
    {"ioctl", "NS_GET_USERNS", 0xb701},
    {"signal", "SIGHUP", static_cast<std::uint64_t>(SIGHUP)},
    {"signal", "SIGINT", static_cast<std::uint64_t>(SIGINT)},
    {"signal", "SIGQUIT", static_cast<std::uint64_t>(SIGQUIT)},
    {"signal", "SIGILL", static_cast<std::uint64_t>(SIGILL)},
    {"signal", "SIGTRAP", static_cast<std::uint64_t>(SIGTRAP)},
    {"signal", "SIGABRT", static_cast<std::uint64_t>(SIGABRT)},
    {"signal", "SIGBUS", static_cast<std::uint64_t>(SIGBUS)},
    {"signal", "SIGFPE", static_cast<std::uint64_t>(SIGFPE)},
    {"signal", "SIGKILL", static_cast<std::uint64_t>(SIGKILL)},
    {"signal", "SIGUSR1", static_cast<std::uint64_t>(SIGUSR1)},
    {"signal", "SIGSEGV", static_cast<std::uint64_t>(SIGSEGV)},
    {"signal", "SIGUSR2", static_cast<std::uint64_t>(SIGUSR2)},
    {"signal", "SIGPIPE", static_cast<std::uint64_t>(SIGPIPE)},
    {"signal", "SIGALRM", static_cast<std::uint64_t>(SIGALRM)},
    {"signal", "SIGTERM", static_cast<std::uint64_t>(SIGTERM)},
    {"signal", "SIGCHLD", static_cast<std::uint64_t>(SIGCHLD)},
    {"signal", "SIGCONT", static_cast<std::uint64_t>(SIGCONT)},
    {"signal", "SIGSTOP", static_cast<std::uint64_t>(SIGSTOP)},
    {"signal", "SIGTSTP", static_cast<std::uint64_t>(SIGTSTP)},
    {"signal", "SIGTTIN", static_cast<std::uint64_t>(SIGTTIN)},
    {"signal", "SIGTTOU", static_cast<std::uint64_t>(SIGTTOU)},
    {"signal", "SIGURG", static_cast<std::uint64_t>(SIGURG)},
    {"signal", "SIGXCPU", static_cast<std::uint64_t>(SIGXCPU)},
    {"signal", "SIGXFSZ", static_cast<std::uint64_t>(SIGXFSZ)},
    {"signal", "SIGVTALRM", static_cast<std::uint64_t>(SIGVTALRM)},
    {"signal", "SIGPROF", static_cast<std::uint64_t>(SIGPROF)},
    {"signal", "SIGWINCH", static_cast<std::uint64_t>(SIGWINCH)},
    {"signal", "SIGIO", static_cast<std::uint64_t>(SIGIO)},
    {"signal", "SIGPWR", static_cast<std::uint64_t>(SIGPWR)},
    {"signal", "SIGSYS", static_cast<std::uint64_t>(SIGSYS)},
};

// A value is made up of these.
constexpr Constant kFlags[] = {
    {"open", "O_WRONLY", static_cast<std::uint64_t>(O_WRONLY)},
    {"open", "O_RDWR", static_cast<std::uint64_t>(O_RDWR)},
    {"open", "O_CREAT", static_cast<std::uint64_t>(O_CREAT)},
    {"open", "O_EXCL", static_cast<std::uint64_t>(O_EXCL)},
    {"open", "O_NOCTTY", static_cast<std::uint64_t>(O_NOCTTY)},
    {"open", "O_TRUNC", static_cast<std::uint64_t>(O_TRUNC)},
    {"open", "O_APPEND", static_cast<std::uint64_t>(O_APPEND)},
    {"open", "O_NONBLOCK", static_cast<std::uint64_t>(O_NONBLOCK)},
    {"open", "O_DIRECTORY", static_cast<std::uint64_t>(O_DIRECTORY)},
    {"open", "O_NOFOLLOW", static_cast<std::uint64_t>(O_NOFOLLOW)},
    {"open", "O_CLOEXEC", static_cast<std::uint64_t>(O_CLOEXEC)},
    {"open", "O_PATH", static_cast<std::uint64_t>(O_PATH)},
    {"wait", "WNOHANG", static_cast<std::uint64_t>(WNOHANG)},
    {"wait", "WSTOPPED", static_cast<std::uint64_t>(WSTOPPED)},
    {"wait", "WEXITED", static_cast<std::uint64_t>(WEXITED)},
    {"wait", "WCONTINUED", static_cast<std::uint64_t>(WCONTINUED)},
    {"wait", "WNOWAIT", static_cast<std::uint64_t>(WNOWAIT)},
    {"wait", "__WNOTHREAD", static_cast<std::uint64_t>(__WNOTHREAD)},
    {"wait", "__WALL", static_cast<std::uint64_t>(__WALL)},
    {"wait", "__WCLONE", static_cast<std::uint64_t>(__WCLONE)},
    {"clone", "CLONE_VM", static_cast<std::uint64_t>(CLONE_VM)},
    {"clone", "CLONE_FS", static_cast<std::uint64_t>(CLONE_FS)},
    {"clone", "CLONE_FILES", static_cast<std::uint64_t>(CLONE_FILES)},
    {"clone", "CLONE_SIGHAND", static_cast<std::uint64_t>(CLONE_SIGHAND)},
    {"clone", "CLONE_PTRACE", static_cast<std::uint64_t>(CLONE_PTRACE)},
    {"clone", "CLONE_VFORK", static_cast<std::uint64_t>(CLONE_VFORK)},
    {"clone", "CLONE_PARENT", static_cast<std::uint64_t>(CLONE_PARENT)},
    {"clone", "CLONE_THREAD", static_cast<std::uint64_t>(CLONE_THREAD)},
    {"clone", "CLONE_NEWNS", static_cast<std::uint64_t>(CLONE_NEWNS)},
    {"clone", "CLONE_SYSVSEM", static_cast<std::uint64_t>(CLONE_SYSVSEM)},
    {"clone", "CLONE_SETTLS", static_cast<std::uint64_t>(CLONE_SETTLS)},
    {"clone", "CLONE_PARENT_SETTID", static_cast<std::uint64_t>(CLONE_PARENT_SETTID)},
    {"clone", "CLONE_CHILD_CLEARTID", static_cast<std::uint64_t>(CLONE_CHILD_CLEARTID)},
    {"clone", "CLONE_UNTRACED", static_cast<std::uint64_t>(CLONE_UNTRACED)},
    {"clone", "CLONE_CHILD_SETTID", static_cast<std::uint64_t>(CLONE_CHILD_SETTID)},
    {"clone", "CLONE_NEWCGROUP", static_cast<std::uint64_t>(CLONE_NEWCGROUP)},
    {"clone", "CLONE_NEWUTS", static_cast<std::uint64_t>(CLONE_NEWUTS)},
    {"clone", "CLONE_NEWIPC", static_cast<std::uint64_t>(CLONE_NEWIPC)},
    {"clone", "CLONE_NEWUSER", static_cast<std::uint64_t>(CLONE_NEWUSER)},
    {"clone", "CLONE_NEWPID", static_cast<std::uint64_t>(CLONE_NEWPID)},
    {"clone", "CLONE_NEWNET", static_cast<std::uint64_t>(CLONE_NEWNET)},
    {"clone", "CLONE_IO", static_cast<std::uint64_t>(CLONE_IO)},
    {"clone", "CLONE_PIDFD", 0x1000},
    {"clone", "CLONE_DETACHED", 0x400000},
    {"clone", "CLONE_CLEAR_SIGHAND", 0x100000000},
    {"clone", "CLONE_INTO_CGROUP", 0x200000000},
    {"clone", "CLONE_AUTOREAP", 0x400000000},
    {"clone", "CLONE_NNP", 0x800000000},
    {"clone", "CLONE_PIDFD_AUTOKILL", 0x1000000000},
    {"clone", "CLONE_EMPTY_MNTNS", 0x2000000000},
    {"pidfd", "PIDFD_NONBLOCK", O_NONBLOCK},
    {"pidfd", "PIDFD_THREAD", O_EXCL},
    {"send", "PIDFD_SIGNAL_THREAD", 1},
    {"send", "PIDFD_SIGNAL_THREAD_GROUP", 2},
    {"send", "PIDFD_SIGNAL_PROCESS_GROUP", 4},
    {"socket", "SOCK_CLOEXEC", static_cast<std::uint64_t>(SOCK_CLOEXEC)},
    {"socket", "SOCK_NONBLOCK", static_cast<std::uint64_t>(SOCK_NONBLOCK)},
    {"protection", "PROT_READ", static_cast<std::uint64_t>(PROT_READ)},
    {"protection", "PROT_WRITE", static_cast<std::uint64_t>(PROT_WRITE)},
    {"protection", "PROT_EXEC", static_cast<std::uint64_t>(PROT_EXEC)},
    {"map", "MAP_SHARED", static_cast<std::uint64_t>(MAP_SHARED)},
    {"map", "MAP_PRIVATE", static_cast<std::uint64_t>(MAP_PRIVATE)},
    {"map", "MAP_FIXED", static_cast<std::uint64_t>(MAP_FIXED)},
    {"map", "MAP_ANONYMOUS", static_cast<std::uint64_t>(MAP_ANONYMOUS)},
    {"map", "MAP_NORESERVE", static_cast<std::uint64_t>(MAP_NORESERVE)},
    {"map", "MAP_STACK", static_cast<std::uint64_t>(MAP_STACK)},
};

}  // namespace

Decoded Decode(std::string_view set, std::uint64_t value) {
  Decoded decoded{{}, value};
  for (const Constant& constant : kValues) {
    if (constant.set == set && constant.value == value) return {{&constant}, 0};
  }
  for (const Constant& constant : kFlags) {
    if (constant.set != set || (decoded.rest & constant.value) != constant.value) continue;
    decoded.constants.push_back(&constant);
    decoded.rest &= ~constant.value;
  }
  return decoded;
}

const Constant* SignalNamed(std::uint64_t number) {
  const auto* found = std::ranges::find_if(kValues, [&](const Constant& constant) {
    return constant.set == "signal" && constant.value == number;
  });
  return found == std::end(kValues) ? nullptr : found;
}

std::string Words(std::string_view set, std::uint64_t value) {
  const bool with_signal = set == "clone" && value < (std::uint64_t{1} << 40);
  std::string text;
  const Decoded decoded = Decode(set, with_signal ? value & ~std::uint64_t{0xff} : value);
  for (const Constant* constant : decoded.constants) {
    text += fmt::format("{}{}", text.empty() ? "" : "|", constant->name);
  }
  std::uint64_t rest = decoded.rest;
  if (with_signal) rest = value & 0xff;
  if (with_signal && rest != 0) {
    const Constant* signal = SignalNamed(rest);
    return fmt::format("{}{}{}", text, text.empty() ? "" : "|",
                       signal != nullptr ? std::string(signal->name) : fmt::format("{}", rest));
  }
  if (rest != 0 || text.empty()) {
    const bool small = rest < 1024;
    text += fmt::format("{}{}", text.empty() ? "" : "|",
                        small ? fmt::format("{}", rest) : fmt::format("0x{:x}", rest));
  }
  return text;
}

}  // namespace pidproof::runner::transcript
