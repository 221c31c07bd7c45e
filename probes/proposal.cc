#include "probes/proposal.h"

#include <chrono>
#include <utility>

#include "probes/system/deadline.h"

namespace pidproof {

namespace {

Probe ProbeOf(const Proposal& proposal) {
  return {.name = proposal.name,
          .since = {},
          .what = proposal.what,
          .tries = proposal.tries,
          .source = proposal.posted,
          .calls = {},
          .attempt = proposal.attempt,
          .present = proposal.present,
          .absent = proposal.absent};
}

}  // namespace

std::vector<ProposalFinding> TryEach(const std::vector<const Proposal*>& proposals, double slowdown,
                                     const CpuBudget& budget) {
  std::vector<Probe> probes;
  for (const Proposal* proposal : proposals) probes.push_back(ProbeOf(*proposal));
  std::vector<const Probe*> each;
  for (const Probe& probe : probes) each.push_back(&probe);
  const std::vector<Attempted> attempted =
      AttemptEach(each, DeadlineOn(slowdown, std::chrono::seconds(5)), budget);
  std::vector<ProposalFinding> findings;
  for (std::size_t i = 0; i < proposals.size(); ++i) {
    Finding finding = Conclude(probes[i], attempted[i]);
    findings.push_back({proposals[i], finding.availability, std::move(finding.evidence)});
  }
  return findings;
}

}  // namespace pidproof
