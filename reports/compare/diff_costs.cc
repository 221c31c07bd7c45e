#include "reports/compare/diff_costs.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "reports/text/costs.h"

namespace pidproof::reports::compare {

namespace {

Difference CostDifference(const std::string& name, Effect effect, std::string before,
                          std::string after, std::string evidence) {
  return {.kind = DifferenceKind::kCost,
          .effect = effect,
          .harm = effect == Effect::kNeutral ? Harm::kNone : Harm::kSlower,
          .world = std::string(kNative),
          .name = name,
          .path = {},
          .before = std::move(before),
          .after = std::move(after),
          .evidence = std::move(evidence),
          .follows = {}};
}

std::string SentenceOf(const CostChange& change) {
  const double once_in = std::floor(-std::log10(std::max(change.p, 1e-15)));
  return fmt::format(
      "{}: {:.2f} times as long (99 % interval {:.2f} to {:.2f}); by chance in fewer than 1 "
      "of 1e{:.0f} pairs of runs",
      change.word, change.ratio.value, change.ratio.low, change.ratio.high, once_in);
}

void AddChanges(const Costs& costs, Diff& diff) {
  for (const CostChange& change : costs.changes) {
    if (change.word == "~") continue;
    diff.differences.push_back(CostDifference(
        change.name, change.word == "slower" ? Effect::kWorse : Effect::kBetter,
        text::Duration(change.before), text::Duration(change.after), SentenceOf(change)));
  }
}

// That something cannot be measured may be for want of what a busy machine has used up.
void AddUnsupported(const Costs& costs, Diff& diff) {
  for (const auto& [name, reason, now] : costs.unsupported) {
    diff.differences.push_back(CostDifference(
        name, Effect::kNeutral, now ? "measured" : "unsupported", now ? "unsupported" : "measured",
        fmt::format("{}: {}", now ? "now" : "before", reason)));
  }
}

void NoteRowsApart(std::string_view side, const std::vector<std::string>& names, Diff& diff) {
  if (names.empty()) return;
  constexpr std::size_t kFew = 5;
  const std::size_t shown = std::min(names.size(), kFew);
  diff.rows_apart += names.size();
  diff.notes.push_back(fmt::format(
      "costs that only the document {} has: {}{}", side,
      fmt::join(names.begin(), names.begin() + static_cast<std::ptrdiff_t>(shown), ", "),
      shown == names.size() ? "" : fmt::format(" and {} more", names.size() - shown)));
}

}  // namespace

std::string IncomparableCosts(const Document& before, const Document& after, Across across) {
  const std::string other = OtherMachine(before, after);
  if (other.empty() || across == Across::kYes) return "";
  return fmt::format("costs of {}; --across compares them nevertheless", other);
}

void AddCosts(const Document& before, const Document& after, Across across, Diff& diff) {
  if (before.benchmarks.empty() && after.benchmarks.empty()) return;
  if (before.benchmarks.empty() || after.benchmarks.empty()) {
    diff.rows_apart += before.benchmarks.size() + after.benchmarks.size();
    diff.notes.push_back(fmt::format("costs that only one document has: {} before, {} now",
                                     before.benchmarks.size(), after.benchmarks.size()));
    return;
  }
  if (const std::string why = IncomparableCosts(before, after, across); !why.empty()) {
    diff.notes.push_back("costs not compared: " + why);
    return;
  }
  diff.costs = CompareCosts(before, after);
  AddChanges(*diff.costs, diff);
  AddUnsupported(*diff.costs, diff);
  NoteRowsApart("before", diff.costs->only_before, diff);
  NoteRowsApart("now", diff.costs->only_after, diff);
}

}  // namespace pidproof::reports::compare
