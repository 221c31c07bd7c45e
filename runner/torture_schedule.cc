#include "runner/torture_schedule.h"

#include <algorithm>
#include <cmath>

#include "reports/document/strength.h"
#include "scenarios/loop/loop_config.h"

namespace pidproof::runner {

namespace {

// Until the loop has seen that many; more than its slowdown says, for that is a guess.
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

// A race has its lengths to learn first.
constexpr double kShortest = 0.1;

std::optional<Slice> Within(double seconds_left, std::optional<Slice> slice) {
  if (!slice || seconds_left < kShortest) return std::nullopt;
  slice->seconds = std::clamp(slice->seconds, kShortest, seconds_left);
  return slice;
}

}  // namespace

std::optional<Slice> NextSlice(std::span<const LoopState> loops, TimeLeft left) {
  if (const auto decides = Quickest(loops, scenarios::kFewestOpportunities)) {
    if (const auto slice = Within(left.to_decide, decides)) return slice;
  }
  const double seconds = left.for_strength;
  if (const auto fair = Quickest(loops, reports::kOpportunitiesIfFair))
    return Within(seconds, fair);
  for (const bool controls_too : {false, true}) {
    const auto strong = Quickest(loops, reports::kOpportunitiesIfStrong, controls_too);
    if (strong && std::max(strong->seconds, kShortest) <= seconds) return Within(seconds, strong);
  }
  return std::nullopt;
}

}  // namespace pidproof::runner
