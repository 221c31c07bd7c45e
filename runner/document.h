#pragma once

#include "probes/proposal.h"
#include "probes/system/host.h"
#include "reports/document/document.h"
#include "runner/census.h"
#include "runner/judge.h"
#include "scenarios/scenario.h"

namespace pidproof::runner {

// The rows of the document, as plain data. The host's is without the isolation of trials, which is
// found later.
reports::Host ToRow(const HostFacts& facts);
reports::Feature ToRow(std::string_view world, const Finding& finding);
reports::Proposed ToRow(const ProposalFinding& finding);
reports::Path ToRow(scenarios::Path path);
reports::Scenario ToRow(const scenarios::Scenario& scenario);
reports::Cell ToRow(std::string_view world, const scenarios::Scenario& scenario,
                    scenarios::Path path, const CellRun& cell, const Judgment& judgment);

// Of a known kernel bug: the releases that are known to have the fix, or empty.
std::string FixedIn(const scenarios::Claim& claim);

// The time, as ISO 8601 in UTC.
std::string Now();

}  // namespace pidproof::runner
