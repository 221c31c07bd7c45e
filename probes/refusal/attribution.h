#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "probes/probe.h"
#include "probes/refusal/kernel_evidence.h"
#include "probes/refusal/seccomp_reach.h"

namespace pidproof {

// What is known of this process and machine that bears on a refusal.
struct Circumstances {
  int seccomp_mode =
      -1;  // 0: no filter is installed, which proves that none refused; -1: not known
  std::string emulator = {};                          // "gVisor", "qemu-user", or empty
  Symbol (*symbol)(std::string_view call) = nullptr;  // what the kernel's own list shows of a call
  bool (*has_capability)(int capability) = nullptr;   // in the effective set
  std::optional<std::uint64_t> ptrace_scope = {};     // Yama's, where it is
  Release kernel = {};  // as uname(2) says; {0, 0}: not known, or no Linux
};

// The circumstances of this process, as it stands.
Circumstances ReadCircumstances();

// Whether Ask must tell whose answer it is: of a refusal, and of an errno by which a feature shows
// itself, where a filter can be the cause and something can be asked.
bool NeedsAsking(const Finding& finding, const Circumstances& circumstances);

// Says who refused, how we know, whether the kernel has the feature, and what would fix it;
// corrects the availability where the plain answer was not the kernel's. Pure but for what the
// circumstances ask.
void AttributeRefusal(Finding& finding, const Attempted& plain, const SeccompReach& asked,
                      const Circumstances& circumstances);

// These probes, each in a child that may die, as this process stands (its world, its rights), with
// who refuses what is not present, in that order. slowdown: how many times slower the machine is
// than usual.
std::vector<Finding> ProbeAll(double slowdown,
                              const std::vector<const Probe*>& probes = Registered<Probe>::All());

}  // namespace pidproof
