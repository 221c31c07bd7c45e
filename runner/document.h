#pragma once

#include "probes/system/host.h"
#include "reports/document/document.h"
#include "runner/census.h"
#include "runner/judge.h"
#include "scenarios/scenario.h"

namespace pidproof {

// The rows of the document, as plain data.
reports::Host ToRow(const HostFacts& facts);  // the sandbox is still to be found
reports::Feature ToRow(std::string_view world, const Finding& finding);
reports::Path ToRow(Path path);
reports::Scenario ToRow(const Scenario& scenario);
reports::Cell ToRow(std::string_view world, const Scenario& scenario, Path path,
                    const CellRun& column, const Judgment& judgement);

// Of a known mistake of the kernel: the releases that are known to have the fix, or empty.
std::string FixedIn(const Claim& claim);

// The time, as ISO 8601 in UTC.
std::string Now();

}  // namespace pidproof
