#include "runner/transcript/housekeeping.h"

#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/syscall.h>

namespace pidproof::runner::transcript {

bool IsHousekeeping(const Call& call) {
  switch (call.number) {
    case SYS_brk:
    case SYS_munmap:
    case SYS_mprotect:
    case SYS_set_robust_list:
    case SYS_set_tid_address:
    case SYS_rseq:
    case SYS_futex:
    case SYS_getrandom:
    case SYS_sched_yield:
    case SYS_rt_sigreturn:
    case SYS_restart_syscall:
    case SYS_clock_gettime:
    case SYS_membarrier:
#ifdef SYS_arch_prctl
    case SYS_arch_prctl:
#endif
      return true;
    case SYS_prlimit64:
      return call.arguments[0] == 0 && call.arguments[1] == RLIMIT_STACK && call.arguments[2] == 0;
#ifdef SYS_readlink
    case SYS_readlink:
      return !call.memory.empty() && call.memory.back().before == "/proc/self/exe";
#endif
    case SYS_mmap:
      return (call.arguments[3] & MAP_ANONYMOUS) != 0;
    case SYS_madvise:
      return call.arguments[2] == MADV_DONTNEED;
    default:
      return false;
  }
}

}  // namespace pidproof::runner::transcript
