#pragma once

#include <linux/filter.h>

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "probes/system/abi.h"  // the calls' numbers
#include "probes/system/machine.h"

namespace pidproof {

// A system call as a seccomp filter sees it: by its number and its arguments. What
// pointers point at a filter never sees; an argument that is not given may have any value.
struct FilteredCall {
  long number = 0;
  std::optional<std::uint64_t> arguments[6] = {};
  std::uint32_t arch = kMachine.audit;
};

// Runs a filter as the kernel would (seccomp(2), kernel/bpf/core.c), on a call that nobody makes:
// nothing is installed. Returns every SECCOMP_RET_* value that it can come to: one where the known
// arguments decide, several where it depends on the others. Throws std::invalid_argument for a
// program that the kernel would refuse.
std::set<std::uint32_t> EvaluateFilter(const std::vector<sock_filter>& program,
                                       const FilteredCall& call);

// Whether the kernel makes the call when a filter says so: ALLOW and LOG.
bool ReachesKernel(std::uint32_t action);

// The action as seccomp(2) names it: "KILL_PROCESS", "ERRNO(ENOSYS)".
std::string ActionName(std::uint32_t action);

}  // namespace pidproof
