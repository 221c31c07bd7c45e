// What becomes of a consumer of pidfds where some of them are refused.
#pragma once

#include <array>
#include <cstddef>

#include "reports/document/vocabulary.h"

namespace pidproof::reports::ready {

enum class Impact {
  kWorks,
  kDegradedSilently,
  kDegradedLogged,
  kBrokenAtStart,
  kBrokenLate,
  kCrash,
  kNotApplicable,
  kUndecided,
};

// The words for it, in the order of Impact.
inline constexpr std::array<Word, 8> kImpacts = {{
    {"native", Tone::kGood, "it works through pidfds"},
    {"degraded-silently", Tone::kCaution, "it falls back to PIDs and does not say so"},
    {"degraded-logged", Tone::kCaution, "it falls back to PIDs and says so in its log"},
    {"broken-at-start", Tone::kBad, "its first call fails, and it has no other way"},
    {"broken-late", Tone::kBad, "it believes that pidfds work, and a later call fails"},
    {"crash", Tone::kBad, "a signal or a fatal error ends it"},
    {"not-applicable", Tone::kQuiet, "it uses no pidfd"},
    {"undecided", Tone::kUndecided, "a feature that decides is unclear or was not probed"},
}};

constexpr const Word& WordOf(Impact impact) { return kImpacts[static_cast<std::size_t>(impact)]; }

constexpr Impact LastOf(Impact) { return Impact::kUndecided; }

}  // namespace pidproof::reports::ready
