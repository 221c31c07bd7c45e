// The claims in the order of their sources, so that a reader of a man page sees which of its
// statements are tested, and with which verdict.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "reports/document/document.h"
#include "reports/document/index.h"

namespace pidproof::reports {

// A claim with the scenario that tries it.
struct Claimed {
  const Scenario* scenario;
  const Claim* claim;
};

// All claims that come from one man page, kernel file or release.
struct Source {
  std::string name;  // "wait(2)", "kernel/exit.c", "Linux 6.15"
  std::vector<Claimed> claims;
};

// Man pages first, then the rest, each in the order of their names; the scenarios must outlive it.
std::vector<Source> BySource(const std::vector<Scenario>& scenarios);

// "so since 5.10 and before 6.9", "so since 6.9", "so before 6.9", or empty where both are.
std::string EraText(std::string_view since, std::string_view until);

// A heading for each source and a line or two for each claim.
std::string ClaimsText(const std::vector<Scenario>& scenarios);

// A section of the page: the scenarios that make claims of each source, with their verdicts in the
// native world. The claims stand with the scenarios.
std::string ClaimsHtml(const Document& document, const Index& index);

}  // namespace pidproof::reports
