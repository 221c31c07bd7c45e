#pragma once

#include <chrono>
#include <optional>
#include <string>

#include "probes/probe.h"

namespace pidproof::refusal {

// Whether an attempt's calls reach the kernel past all other filters.
//
// The kernel runs every seccomp filter and takes the strictest answer (seccomp(2)): kill, trap,
// errno, then notify, then trace. So a child adds a notify-only filter. Where that one is notified,
// no other filter refuses the call, and what the call answers then is the kernel's own answer;
// where it is not though the call was made, an earlier filter refuses it. This needs no privilege.
struct SeccompReach {
  enum How {
    kUnable,    // no such filter can be installed here; why says so
    kNotified,  // by user notification (Linux 5.5)
    kTraced,    // by ptrace, where a listener is refused or exists already
  };
  How how = kUnable;
  std::string why;
  bool notified = false;
  std::optional<Attempted> answer = {};  // of the attempt in that child, if it lived to give one
};

// Makes the probe's attempt in such a child, notified of the calls that the attempt depends on.
SeccompReach Ask(const Probe& probe, std::chrono::milliseconds deadline);

}  // namespace pidproof::refusal
