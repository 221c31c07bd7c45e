#include "probes/refusal/fix.h"

#include <errno.h>
#include <fmt/format.h>

#include <algorithm>

#include "probes/refusal/attribution.h"

namespace pidproof::refusal {

namespace {

// A capability with which Docker's and containerd's profiles allow the call: the usual way to
// change a profile without editing it.
struct Key {
  std::string_view call;
  std::string_view capability;
};

constexpr Key kKeys[] = {
    {"clone3", "CAP_SYS_ADMIN"},       {"open_by_handle_at", "CAP_DAC_READ_SEARCH"},
    {"pidfd_getfd", "CAP_SYS_PTRACE"}, {"process_madvise", "CAP_SYS_PTRACE"},
    {"setns", "CAP_SYS_ADMIN"},
};

// "waitid" for its uses, too.
std::vector<std::string_view> SyscallsOf(const Probe& probe) {
  std::vector<std::string_view> calls;
  for (const std::string_view call : probe.calls) calls.push_back(SyscallOf(call));
  return calls;
}

}  // namespace

std::string FixOfFilteredCalls(const std::vector<std::string_view>& calls, std::string_view saw) {
  std::string fix = fmt::format("let {} through in the seccomp profile", fmt::join(calls, ", "));
  for (const Key& key : kKeys) {
    if (std::ranges::find(calls, key.call) != calls.end())
      fix += fmt::format(" (Docker's does with {})", key.capability);
  }
  // Callers of clone3 fall back to clone after ENOSYS only.
  const bool clone3 = std::ranges::find(calls, "clone3") != calls.end();
  return clone3 && saw != "ENOSYS" ? fix + ", or answer ENOSYS there" : fix;
}

std::string FixOfFilter(const Probe& probe, std::string_view saw) {
  if (!probe.calls.empty()) return FixOfFilteredCalls(SyscallsOf(probe), saw);
  return fmt::format("let through in the seccomp profile what it tries: {}", probe.tries);
}

std::string FixOfFilter(const Probe& probe, std::string_view saw,
                        const Circumstances& circumstances) {
  const std::string fix = FixOfFilter(probe, saw);
  if (!IsOlderThan(circumstances, probe)) return fix;
  return fmt::format("{}, on Linux {} or later, or with a backport", fix, probe.since.Text());
}

std::string FixOfKernel(const Probe& probe, const Circumstances& circumstances) {
  const std::string since = probe.since.Text();
  if (circumstances.kernel == Release{} || IsOlderThan(circumstances, probe)) {
    return fmt::format("Linux {} or later", since);
  }
  return fmt::format("a kernel built with it: Linux {} is late enough, {} was the first to have it",
                     circumstances.kernel.Text(), since);
}

std::string FixOfLimit(int error) {
  switch (error) {
    case EMFILE:
    case ENFILE:
      return "a higher limit on open files (RLIMIT_NOFILE, fs.file-max)";
    case ENOSPC:
    case EUSERS:
      return "a higher user.max_*_namespaces, or less nesting";
    case ENOMEM:
      return "more memory (memory.max, RLIMIT_AS, vm.overcommit_memory)";
    default:
      return "a higher limit on processes or memory (RLIMIT_NPROC, pids.max, memory.max)";
  }
}

}  // namespace pidproof::refusal
