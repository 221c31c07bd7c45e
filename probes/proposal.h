#pragma once

#include <source_location>
#include <string>
#include <string_view>
#include <vector>

#include "probes/probe.h"
#include "probes/registry.h"

namespace pidproof {

// What is proposed for the kernel and in no release. It is asked for like a feature, so that the
// kernel which brings it is recognised; no host is without a feature for want of it.
struct Proposal {
  std::string_view name;    // as a feature's: "call/variant"
  std::string_view what;    // one line
  std::string_view posted;  // when and where, and what is not known yet
  std::string_view tries;   // as Probe's, and so are the next three
  Answer (*attempt)();
  std::vector<int> present;
  std::vector<int> absent;
  std::source_location defined_at = {};  // filled in by Registered
};

// What an attempt shows.
struct ProposalFinding {
  const Proposal* proposal = nullptr;
  Availability availability = Availability::kUnclear;
  std::string evidence;
};

// Makes the attempts, in children that may die. slowdown: how many times slower than the reference
// machine this one is. budget: as of AttemptEach.
std::vector<ProposalFinding> TryEach(const std::vector<const Proposal*>& proposals, double slowdown,
                                     const CpuBudget& budget = {});

}  // namespace pidproof
