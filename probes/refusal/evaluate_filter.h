#pragma once

#include <linux/filter.h>

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "probes/system/abi.h"  // for users: system call numbers
#include "probes/system/machine.h"

namespace pidproof::refusal {

// A system call as a seccomp filter sees it: by its number and its arguments, not by what pointers
// refer to. An argument that is not given may have any value.
struct FilteredCall {
  long number = 0;
  std::optional<std::uint64_t> arguments[6] = {};
  std::uint32_t arch = kMachine.audit;
};

// Runs a filter as the kernel would (seccomp(2), kernel/bpf/core.c) for a call that is not made:
// nothing is installed. Returns every possible SECCOMP_RET_* value: one where the known arguments
// decide, several where it depends on others. Throws std::invalid_argument for a program that the
// kernel would refuse.
std::set<std::uint32_t> EvaluateFilter(const std::vector<sock_filter>& program,
                                       const FilteredCall& call);

// Whether the kernel makes the call after this action: ALLOW and LOG.
bool ReachesKernel(std::uint32_t action);

// The action as seccomp(2) names it: "KILL_PROCESS", "ERRNO(ENOSYS)".
std::string ActionName(std::uint32_t action);

}  // namespace pidproof::refusal
