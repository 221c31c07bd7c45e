// Every kernel constant and struct that old headers lack, under our own names. glibc's
// <sys/pidfd.h> has no include guard that works and collides with <linux/pidfd.h>, so neither is
// ever included.
#pragma once

#include <fcntl.h>
#include <sys/syscall.h>

#include <cstdint>

// System call numbers since 5.1 are the same on every architecture pidproof is built for
// (x86-64, arm64, riscv64: include/uapi/asm-generic/unistd.h).
#ifndef SYS_pidfd_send_signal
#define SYS_pidfd_send_signal 424
#endif
#ifndef SYS_pidfd_open
#define SYS_pidfd_open 434
#endif
#ifndef SYS_clone3
#define SYS_clone3 435
#endif
#ifndef SYS_pidfd_getfd
#define SYS_pidfd_getfd 438
#endif
#ifndef SYS_process_madvise
#define SYS_process_madvise 440
#endif
#ifndef SYS_process_mrelease
#define SYS_process_mrelease 448
#endif

namespace pidproof::abi {

inline constexpr std::uint64_t kClonePidfd = 0x1000;         // 5.2
inline constexpr std::uint64_t kCloneDetached = 0x00400000;  // historic; refused with CLONE_PIDFD

inline constexpr int kIdPidfd = 3;                      // P_PIDFD, 5.4
inline constexpr unsigned kPidfdNonblock = O_NONBLOCK;  // 5.10
inline constexpr unsigned kPidfdThread = O_EXCL;        // 6.9

inline constexpr unsigned kSignalThread = 1;  // PIDFD_SIGNAL_*, 6.9
inline constexpr unsigned kSignalThreadGroup = 2;
inline constexpr unsigned kSignalProcessGroup = 4;

inline constexpr int kSoPassPidfd = 76;  // SO_PASSPIDFD, 6.5 (asm-generic)
inline constexpr int kSoPeerPidfd = 77;  // SO_PEERPIDFD, 6.5 (asm-generic)
inline constexpr int kScmPidfd = 4;      // SCM_PIDFD, 6.5

inline constexpr int kMadvCold = 20;  // MADV_COLD, 5.4

inline constexpr std::uint32_t kFanReportPidfd = 0x80;  // FAN_REPORT_PIDFD, 5.15

// struct clone_args as of 5.7 (88 bytes). Kernels accept a prefix: 64 bytes in 5.3, 80 in 5.5.
struct CloneArgs {
  std::uint64_t flags = 0;
  std::uint64_t pidfd = 0;
  std::uint64_t child_tid = 0;
  std::uint64_t parent_tid = 0;
  std::uint64_t exit_signal = 0;
  std::uint64_t stack = 0;
  std::uint64_t stack_size = 0;
  std::uint64_t tls = 0;
  std::uint64_t set_tid = 0;       // 5.5
  std::uint64_t set_tid_size = 0;  // 5.5
  std::uint64_t cgroup = 0;        // 5.7
};
inline constexpr std::size_t kCloneArgsSize53 = 64;
inline constexpr std::size_t kCloneArgsSize55 = 80;

}  // namespace pidproof::abi
