#include "reports/compare/race_shares.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <set>

#include "reports/document/statistics.h"

namespace pidproof::reports::compare {

namespace {

std::uint64_t CountOf(const Cell& cell, const std::string& outcome) {
  const auto at = cell.outcomes.find(outcome);
  return at == cell.outcomes.end() ? 0 : at->second;
}

// A trial without an opportunity can still show a harm that is not the one that was looked for.
bool IsOfOpportunities(const Cell& cell, std::uint64_t count) {
  return cell.opportunities.value_or(0) >= std::max<std::uint64_t>(count, 1);
}

}  // namespace

bool IsAllowedAlways(const Claim& claim) {
  return claim.expect == Expect::kMay && claim.since.empty() && claim.until.empty();
}

const Claim* ClaimOf(const Scenario* scenario, Path path, const std::string& outcome) {
  if (scenario == nullptr) return nullptr;
  const auto claim = std::ranges::find_if(scenario->claims, [&](const Claim& each) {
    return each.path == path && each.outcome == outcome;
  });
  return claim == scenario->claims.end() ? nullptr : &*claim;
}

bool IsHarm(const Claim* claim) {
  return claim == nullptr || claim->expect == Expect::kHazard || claim->expect == Expect::kNever;
}

std::vector<OutcomeShares> SharesOf(const Scenario* scenario, const Cell& before,
                                    const Cell& after) {
  std::vector<OutcomeShares> all;
  if (before.trials == 0 || after.trials == 0) return all;
  std::set<std::string> outcomes;
  for (const auto& [outcome, count] : before.outcomes) outcomes.insert(outcome);
  for (const auto& [outcome, count] : after.outcomes) outcomes.insert(outcome);
  for (const std::string& outcome : outcomes) {
    const std::uint64_t then = CountOf(before, outcome);
    const std::uint64_t now = CountOf(after, outcome);
    const Claim* claim = ClaimOf(scenario, before.path, outcome);
    const bool is_harm = IsHarm(claim);
    if (!is_harm && IsAllowedAlways(*claim)) continue;
    const bool opened = is_harm && IsOfOpportunities(before, then) && IsOfOpportunities(after, now);
    if (!is_harm && (then == 0) == (now == 0)) continue;
    OutcomeShares shares{
        .outcome = outcome,
        .is_harm = is_harm,
        .before = {then, std::max(then, opened ? *before.opportunities : before.trials)},
        .after = {now, std::max(now, opened ? *after.opportunities : after.trials)}};
    shares.chance = ChanceOf(shares.before, shares.after);
    all.push_back(std::move(shares));
  }
  return all;
}

std::string SharesSentence(const OutcomeShares& shares) {
  const double once_in = std::pow(10, std::floor(-std::log10(std::max(shares.chance, 1e-15))));
  const std::string chance =
      once_in < 10
          ? "which chance may explain"
          : fmt::format("by chance in fewer than 1 of 1e{:.0f} pairs of runs", std::log10(once_in));
  if (!shares.is_harm) {
    return fmt::format("{}: before in {} of {} trials; now in {} of {} trials; {}", shares.outcome,
                       shares.before.count, shares.before.of, shares.after.count, shares.after.of,
                       chance);
  }
  return fmt::format("{}: before {}; now {}; {}", shares.outcome,
                     RateSentence(shares.before.count, shares.before.of),
                     RateSentence(shares.after.count, shares.after.of), chance);
}

}  // namespace pidproof::reports::compare
