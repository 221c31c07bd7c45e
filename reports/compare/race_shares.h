// The outcomes of a race on both sides, and which of them chance does not explain.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "reports/compare/chance.h"
#include "reports/document/cell.h"
#include "reports/document/document.h"

namespace pidproof::reports::compare {

// One outcome of a cell on both sides.
struct OutcomeShares {
  std::string outcome;
  bool is_harm = false;
  Share before;
  Share after;
  double chance = 1;
};

// The claim that a scenario makes of an outcome on a path, or null.
const Claim* ClaimOf(const Scenario* scenario, Path path, const std::string& outcome);

// Whether it is a hazard, forbidden or unlisted.
bool IsHarm(const Claim* claim);

// Whether each release may answer so.
bool IsAllowedAlways(const Claim& claim);

// The outcomes of a race by which kernels can differ, where both sides made trials: each harm,
// among the opportunities; and what is required, or is the answer of some releases, where one side
// alone has it, among the trials. What is allowed always says nothing of the kernel: load alone
// brings such outcomes from none of 131 trials to 86 % (measured).
std::vector<OutcomeShares> SharesOf(const Scenario* scenario, const Cell& before,
                                    const Cell& after);

// "hit_stranger: before 0 in 60, now 58 in 60; by chance in fewer than 1 of 1,000,000 pairs of
// runs"
std::string SharesSentence(const OutcomeShares& shares);

}  // namespace pidproof::reports::compare
