// Kernel constants and structs that old headers lack, under our own names. glibc's <sys/pidfd.h>
// has no working include guard and collides with <linux/pidfd.h>, so neither is ever included.
#pragma once

#include <fcntl.h>
#include <sys/syscall.h>

#include <cstdint>

// System call numbers since 5.1 are the same on x86-64, arm64 and riscv64
// (include/uapi/asm-generic/unistd.h).
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
#ifndef SYS_io_uring_setup
#define SYS_io_uring_setup 425
#endif
#ifndef SYS_io_uring_enter
#define SYS_io_uring_enter 426
#endif
#ifndef SYS_io_uring_register
#define SYS_io_uring_register 427
#endif
#ifndef SYS_open_tree
#define SYS_open_tree 428
#endif
#ifndef SYS_process_madvise
#define SYS_process_madvise 440
#endif
#ifndef SYS_process_mrelease
#define SYS_process_mrelease 448
#endif
#ifndef SYS_statmount
#define SYS_statmount 457
#endif
#ifndef SYS_fchroot
#define SYS_fchroot 472
#endif

namespace pidproof::abi {

// What glibc's poll(3) and epoll_wait(3) call: arm64 and riscv64 have no poll and epoll_wait
// (include/uapi/asm-generic/unistd.h).
#ifdef SYS_poll
inline constexpr long kSysPoll = SYS_poll;
inline constexpr long kSysEpollWait = SYS_epoll_wait;
#else
inline constexpr long kSysPoll = SYS_ppoll;
inline constexpr long kSysEpollWait = SYS_epoll_pwait;
#endif

inline constexpr std::uint64_t kClonePidfd = 0x1000;         // 5.2
inline constexpr std::uint64_t kCloneDetached = 0x00400000;  // historic; refused with CLONE_PIDFD
inline constexpr std::uint64_t kCloneNewtime = 0x80;         // CLONE_NEWTIME, 5.6
// clone3 only:
inline constexpr std::uint64_t kCloneClearSighand = 1ull << 32;   // 5.5
inline constexpr std::uint64_t kCloneIntoCgroup = 1ull << 33;     // 5.7
inline constexpr std::uint64_t kCloneAutoreap = 1ull << 34;       // 7.1
inline constexpr std::uint64_t kCloneNnp = 1ull << 35;            // 7.1
inline constexpr std::uint64_t kClonePidfdAutokill = 1ull << 36;  // 7.1
inline constexpr std::uint64_t kCloneEmptyMntns = 1ull << 37;     // 7.1

inline constexpr int kIdPidfd = 3;                      // P_PIDFD, 5.4
inline constexpr unsigned kPidfdNonblock = O_NONBLOCK;  // 5.10
inline constexpr unsigned kPidfdThread = O_EXCL;        // 6.9

// In place of a pidfd: the caller itself.
inline constexpr int kSelfThread = -10000;          // PIDFD_SELF_THREAD, 6.15
inline constexpr int kSelfProcess = -10001;         // PIDFD_SELF_THREAD_GROUP since 6.17
inline constexpr int kSelfProcessAtFirst = -20000;  // the same in 6.15 and 6.16

inline constexpr unsigned kSignalThread = 1;  // PIDFD_SIGNAL_*, 6.9
inline constexpr unsigned kSignalThreadGroup = 2;
inline constexpr unsigned kSignalProcessGroup = 4;

inline constexpr int kSoPassPidfd = 76;  // SO_PASSPIDFD, 6.5 (asm-generic)
inline constexpr int kSoPeerPidfd = 77;  // SO_PEERPIDFD, 6.5 (asm-generic)
inline constexpr int kScmPidfd = 4;      // SCM_PIDFD, 6.5

inline constexpr int kMadvDontneed = 4;
inline constexpr int kMadvCold = 20;           // MADV_COLD, 5.4
inline constexpr int kMadvPageout = 21;        // MADV_PAGEOUT, 5.4
inline constexpr int kMadvGuardInstall = 102;  // MADV_GUARD_INSTALL, 6.13
inline constexpr int kMadvGuardRemove = 103;   // MADV_GUARD_REMOVE, 6.13

inline constexpr long kPidfsMagic = 0x50494446;  // PID_FS_MAGIC, 6.9

// _IO(PIDFS_IOCTL_MAGIC, number)
constexpr unsigned PidfdIoctl(unsigned number) { return 0xff00 | number; }
// PIDFD_GET_CGROUP_NAMESPACE and others, 6.11.
inline constexpr unsigned kGetCgroupNamespace = PidfdIoctl(1);
inline constexpr unsigned kGetIpcNamespace = PidfdIoctl(2);
inline constexpr unsigned kGetMntNamespace = PidfdIoctl(3);
inline constexpr unsigned kGetNetNamespace = PidfdIoctl(4);
inline constexpr unsigned kGetPidNamespace = PidfdIoctl(5);
inline constexpr unsigned kGetPidForChildrenNamespace = PidfdIoctl(6);
inline constexpr unsigned kGetTimeNamespace = PidfdIoctl(7);
inline constexpr unsigned kGetTimeForChildrenNamespace = PidfdIoctl(8);
inline constexpr unsigned kGetUserNamespace = PidfdIoctl(9);
inline constexpr unsigned kGetUtsNamespace = PidfdIoctl(10);
// PIDFD_GET_INFO, 6.13, which carries the size of the struct.
constexpr unsigned PidfdGetInfo(unsigned size) { return 0xc000'0000 | size << 16 | PidfdIoctl(11); }
inline constexpr unsigned kFsIocGetversion = 0x8008'7601;  // FS_IOC_GETVERSION, 64-bit
inline constexpr unsigned kNsGetNstype = 0xb703;           // NS_GET_NSTYPE, 4.11

inline constexpr std::uint64_t kInfoPid = 1;              // PIDFD_INFO_*, 6.13
inline constexpr std::uint64_t kInfoCreds = 2;            // 6.13
inline constexpr std::uint64_t kInfoCgroupid = 4;         // 6.13
inline constexpr std::uint64_t kInfoExit = 8;             // 6.15
inline constexpr std::uint64_t kInfoCoredump = 16;        // 6.16
inline constexpr std::uint64_t kInfoSupportedMask = 32;   // 6.19
inline constexpr std::uint64_t kInfoCoredumpSignal = 64;  // 6.19
inline constexpr std::uint64_t kInfoCoredumpCode = 128;   // 7.1

// struct pidfd_info as of 7.1 (88 bytes). Kernels accept and fill a prefix.
struct PidfdInfo {
  std::uint64_t mask = 0;
  std::uint64_t cgroupid = 0;
  std::uint32_t pid = 0;
  std::uint32_t tgid = 0;
  std::uint32_t ppid = 0;
  std::uint32_t ruid = 0;
  std::uint32_t rgid = 0;
  std::uint32_t euid = 0;
  std::uint32_t egid = 0;
  std::uint32_t suid = 0;
  std::uint32_t sgid = 0;
  std::uint32_t fsuid = 0;
  std::uint32_t fsgid = 0;
  std::int32_t exit_code = 0;         // 6.15
  std::uint32_t coredump_mask = 0;    // 6.16
  std::uint32_t coredump_signal = 0;  // 6.19
  std::uint64_t at_72 = 0;            // supported_mask in 6.19 and 7.0, coredump_code since 7.1
  std::uint64_t at_80 = 0;            // supported_mask since 7.1
};
static_assert(sizeof(PidfdInfo) == 88);
inline constexpr unsigned kPidfdInfoSize613 = 64;
inline constexpr unsigned kPidfdInfoSize616 = 72;
inline constexpr unsigned kPidfdInfoSize71 = 88;

// struct file_handle with the handle of a pidfd, 6.14: its inode number (64-bit kernels).
struct PidfdHandle {
  std::uint32_t bytes = sizeof(std::uint64_t);
  std::int32_t type = 0xfe;  // FILEID_KERNFS
  std::uint64_t inode = 0;
};
inline constexpr int kPidfsRoot = -10002;  // FD_PIDFS_ROOT, 6.17

inline constexpr unsigned kOpenTreeClone = 1;  // OPEN_TREE_CLONE, 5.2

// struct mnt_id_req as of 6.18: the namespace may be named by a descriptor.
struct MountRequest {
  std::uint32_t size = 32;
  std::uint32_t mnt_ns_fd = 0;  // 6.18; spare before
  std::uint64_t mnt_id = 0;
  std::uint64_t param = 0;
  std::uint64_t mnt_ns_id = 0;
};

inline constexpr unsigned kIoUringRegisterProbe = 8;  // IORING_REGISTER_PROBE, 5.6
inline constexpr unsigned kIoUringWaitid = 50;        // IORING_OP_WAITID, 6.7

inline constexpr std::uint32_t kFanReportPidfd = 0x80;      // FAN_REPORT_PIDFD, 5.15
inline constexpr std::uint32_t kFanReportTid = 0x100;       // FAN_REPORT_TID, 4.20
inline constexpr std::uint32_t kFanReportFid = 0x200;       // FAN_REPORT_FID, 5.1
inline constexpr std::uint32_t kFanReportFdError = 0x2000;  // FAN_REPORT_FD_ERROR, 6.13

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
inline constexpr std::size_t kCloneArgsSize57 = 88;

}  // namespace pidproof::abi
