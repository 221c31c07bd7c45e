#include "runner/torture_schedule.h"

#include <algorithm>
#include <cmath>

#include "reports/strength.h"

namespace pidproof {

namespace {

// Until the loop has seen that many; more than its pace says, for that is a guess.
double SecondsUntil(std::uint64_t opportunities, const LoopState& loop) {
  constexpr double kMargin = 1.25;
  if (loop.opportunities >= opportunities) return INFINITY;
  const auto missing = static_cast<double>(opportunities - loop.opportunities);
  return missing * loop.seconds / static_cast<double>(loop.opportunities) * kMargin;
}

// Of those that are short of that many, the one that is there first.
std::optional<Slice> Quickest(std::span<const LoopState> loops, std::uint64_t opportunities,
                              bool controls_too = true) {
  std::optional<Slice> quickest;
  for (std::size_t i = 0; i < loops.size(); ++i) {
    if (!loops[i].wants_more || loops[i].opportunities == 0) continue;
    if (!loops[i].is_subject && !controls_too) continue;
    const double seconds = SecondsUntil(opportunities, loops[i]);
    if (std::isinf(seconds)) continue;
    if (!quickest || seconds < quickest->seconds) quickest = Slice{i, seconds, opportunities};
  }
  return quickest;
}

}  // namespace

std::optional<Slice> NextSlice(std::span<const LoopState> loops, double seconds_left) {
  constexpr double kShortest = 0.1;  // a race has its lengths to learn first
  std::optional<Slice> slice = Quickest(loops, reports::kOpportunitiesIfFair);
  const bool any_weak = slice.has_value();
  if (!any_weak) slice = Quickest(loops, reports::kOpportunitiesIfStrong, false);
  if (!slice || (!any_weak && slice->seconds > seconds_left)) {
    slice = Quickest(loops, reports::kOpportunitiesIfStrong);
  }
  if (!slice || seconds_left < kShortest) return std::nullopt;
  slice->seconds = std::max(slice->seconds, kShortest);
  if (!any_weak && slice->seconds > seconds_left) return std::nullopt;
  slice->seconds = std::min(slice->seconds, seconds_left);
  return slice;
}

}  // namespace pidproof
