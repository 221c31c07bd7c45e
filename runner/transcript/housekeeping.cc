#include "runner/transcript/housekeeping.h"

#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/syscall.h>

#include <algorithm>
#include <cstring>

namespace pidproof::runner::transcript {

namespace {

struct Mapping {
  std::uint64_t begin;
  std::uint64_t size;
  bool is_stack;
  std::size_t call;
};

bool ByLibrary(const Call& call) {
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
      return call.arguments[2] == MADV_DONTNEED;  // a thread gives up its stack
    default:
      return false;
  }
}

// Where the memory is that a call asks about.
std::vector<std::uint64_t> AskedAbout(const Call& call) {
  std::vector<std::uint64_t> addresses;
  if (call.number == SYS_madvise || call.number == SYS_mlock || call.number == SYS_mincore) {
    addresses.push_back(call.arguments[0]);
  } else if (call.number == SYS_process_madvise) {
    const auto ranges = std::ranges::find(call.memory, call.arguments[1], &Block::address);
    if (ranges == call.memory.end()) return addresses;
    constexpr std::size_t kRange = 16;
    for (std::size_t at = 0; at + kRange <= ranges->before.size(); at += kRange) {
      std::uint64_t address = 0;
      std::memcpy(&address, ranges->before.data() + at, sizeof address);
      addresses.push_back(address);
    }
  }
  return addresses;
}

}  // namespace

std::vector<bool> Housekeeping(const Recording& recording) {
  std::vector<bool> quiet;
  std::vector<Mapping> mappings;
  const auto mapping_of = [&](std::uint64_t address) {
    return std::find_if(mappings.rbegin(), mappings.rend(), [&](const Mapping& mapping) {
      return address >= mapping.begin && address - mapping.begin < mapping.size;
    });
  };
  for (std::size_t i = 0; i < recording.calls.size(); ++i) {
    const Call& call = recording.calls[i];
    quiet.push_back(ByLibrary(call));
    if (call.number == SYS_mmap && call.result > 0) {
      mappings.push_back({static_cast<std::uint64_t>(call.result), call.arguments[1],
                          (call.arguments[3] & MAP_STACK) != 0, i});
    }
    for (const std::uint64_t address : AskedAbout(call)) {
      const auto mapping = mapping_of(address);
      if (mapping == mappings.rend() || mapping->is_stack) continue;
      quiet[i] = quiet[mapping->call] = false;
    }
  }
  for (std::size_t i = 0; i < recording.calls.size(); ++i) {
    const Call& call = recording.calls[i];
    if (call.number != SYS_munmap && call.number != SYS_mprotect) continue;
    const auto mapping = mapping_of(call.arguments[0]);
    if (mapping != mappings.rend() && !quiet[mapping->call] && mapping->call < i) quiet[i] = false;
  }
  return quiet;
}

}  // namespace pidproof::runner::transcript
