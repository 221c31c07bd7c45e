#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "probes/probe.h"
#include "probes/refusal/kernel_evidence.h"
#include "probes/refusal/seccomp_reach.h"

namespace pidproof::refusal {

// What is known about this process and machine that may explain a refusal.
struct Circumstances {
  int seccomp_mode = -1;      // 0: no filter is installed, so none has refused; -1: not known
  std::string emulator = {};  // "gVisor", "qemu-user", or empty
  Symbol (*symbol)(std::string_view call) = nullptr;  // from the kernel's own symbol list
  bool (*has_capability)(int capability) = nullptr;   // in the effective set
  std::optional<std::uint64_t> ptrace_scope = {};     // Yama's, where it is enabled
  Release kernel = {};  // as of uname(2); {0, 0}: not known, or not Linux
};

// The circumstances of this process, as it is now.
Circumstances ReadCircumstances();

// Whether Ask is needed to know whose answer it is: for a refusal, and for an errno that proves a
// feature, where a filter may be the cause and there is a call to ask about.
bool NeedsAsking(const Finding& finding, const Circumstances& circumstances);

// Sets who refused, how we know, whether the kernel has the feature, and what would fix it;
// corrects the availability where the plain answer was not the kernel's. Pure but for what it looks
// up in circumstances.
void AttributeRefusal(Finding& finding, const Attempted& plain, const SeccompReach& asked,
                      const Circumstances& circumstances);

// Findings for these probes in that order, with who refuses what is not present. Each runs in a
// child that may die, in this process's world and with its privileges. slowdown: how many times
// slower the machine is than the reference machine. budget: of this process.
std::vector<Finding> ProbeAll(double slowdown,
                              const std::vector<const Probe*>& probes = Registered<Probe>::All(),
                              const CpuBudget& budget = {});

}  // namespace pidproof::refusal
