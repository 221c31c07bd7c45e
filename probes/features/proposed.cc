// What is proposed for pidfds: a process that is built step by step (2026-07). Neither the value of
// the flag nor the numbers of the calls are known before they are merged.
#include <errno.h>
#include <fmt/format.h>

#include "probes/proposal.h"
#include "probes/refusal/kernel_evidence.h"
#include "probes/system/abi.h"
#include "probes/system/sys.h"

namespace pidproof::features::proposed {
namespace {

constexpr std::string_view kPosted =
    "2026-07, RFC \"pidfd: add a minimal process spawn builder\", LWN 1086330";

// A pidfd of PID 0, of which signals find no process, by any flag that no release has.
Answer OpenOfNoProcess() {
  for (unsigned flag = 1; flag != 0; flag <<= 1) {
    if ((flag & (abi::kPidfdNonblock | abi::kPidfdThread)) != 0) continue;
    const Result<Fd> made = sys::PidfdOpen(0, flag);
    if (!made.ok() && made.error() != EINVAL) return made;
    if (!made.ok()) continue;
    if (sys::PidfdSendSignal(made->get(), 0, nullptr, 0).ok()) {
      return {Answer::kNoEffect, fmt::format("flag {:#x} makes a pidfd of a process", flag)};
    }
    return {0, fmt::format("flag {:#x}, which no release has: PIDFD_EMPTY?", flag)};
  }
  return EINVAL;
}

const Registered<Proposal> kEmpty{{
    .name = "pidfd_open/empty",
    .what = "PIDFD_EMPTY: a pidfd of a process that is yet to be built",
    .posted = kPosted,
    .tries = "pidfd_open(0) with each flag that no release has",
    .attempt = OpenOfNoProcess,
    .present = {0},
    .absent = {EINVAL, ENOSYS},
}};

// By the kernel's list of its calls: the number to call is not known.
Answer NamedByKernel(std::string_view call) {
  switch (refusal::SymbolOf(call)) {
    case refusal::Symbol::kBuiltIn:
      return {0, "/proc/kallsyms"};
    case refusal::Symbol::kStub:
    case refusal::Symbol::kMissing:
      return {ENOSYS, "/proc/kallsyms"};
    case refusal::Symbol::kUnreadable:
      break;
  }
  return {Answer::kNotTried,
          "the call has no number yet, and /proc/kallsyms, which would name it, shows no call"};
}

const Registered<Proposal> kConfig{{
    .name = "pidfd_config",
    .what = "pidfd_config: what the process that is yet to be built shall be",
    .posted = kPosted,
    .tries = "looking the call up in the kernel's list",
    .attempt = [] { return NamedByKernel("pidfd_config"); },
    .present = {0},
    .absent = {ENOSYS},
}};

const Registered<Proposal> kSpawnRun{{
    .name = "pidfd_spawn_run",
    .what = "pidfd_spawn_run: builds the process and runs its program",
    .posted = kPosted,
    .tries = "looking the call up in the kernel's list",
    .attempt = [] { return NamedByKernel("pidfd_spawn_run"); },
    .present = {0},
    .absent = {ENOSYS},
}};

}  // namespace
}  // namespace pidproof::features::proposed
