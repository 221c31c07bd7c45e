#include "reports/document/strength.h"

#include <fmt/format.h>

#include <algorithm>

#include "reports/document/statistics.h"
#include "reports/text/text_layout.h"

namespace pidproof::reports {

namespace {

// How long a cell runs until its bound is reached, or its harm has come.
double SecondsUntilStrong(const Cell& cell) {
  const double seconds = cell.seconds.value_or(0);
  if (!StrengthOf(cell)) return cell.first_hit.value_or(seconds);
  return seconds * static_cast<double>(kOpportunitiesIfStrong) /
         static_cast<double>(*cell.opportunities);
}

}  // namespace

std::optional<Strength> StrengthOf(const Cell& cell) {
  if (cell.verdict != Verdict::kUpheld || cell.opportunities.value_or(0) == 0) return std::nullopt;
  const double bound = BoundAtZero95(*cell.opportunities);
  return bound < kStrongBound ? Strength::kStrong
         : bound < kFairBound ? Strength::kFair
                              : Strength::kWeak;
}

Evidence Weigh(const Document& document) {
  Evidence evidence;
  double spent = 0;
  double needed = 0;
  for (const Cell& cell : document.cells) {
    const std::optional<Strength> strength = StrengthOf(cell);
    evidence.strong += strength == Strength::kStrong ? 1 : 0;
    evidence.fair += strength == Strength::kFair ? 1 : 0;
    evidence.weak += strength == Strength::kWeak ? 1 : 0;
    spent += cell.seconds.value_or(0);
    needed += SecondsUntilStrong(cell);
  }
  evidence.seconds_until_strong = std::max(0.0, document.run.seconds - spent) + needed;
  return evidence;
}

std::string EvidenceSentence(const Evidence& evidence) {
  if (evidence.all() == 0) return "";
  const std::string counts = fmt::format(
      "{} upheld race{}: {} strong (harm in fewer than 1 of 1,000 opportunities), {} fair (1 of "
      "100), {} weak",
      evidence.all(), evidence.all() == 1 ? "" : "s", evidence.strong, evidence.fair,
      evidence.weak);
  if (evidence.strong == evidence.all()) return counts;
  return fmt::format("{}; --until 1e-3 makes all strong, in about {}", counts,
                     text::About(evidence.seconds_until_strong));
}

}  // namespace pidproof::reports
