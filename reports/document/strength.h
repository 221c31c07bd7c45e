// How strong the evidence is where a harm did not come.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

#include "reports/document/document.h"
#include "reports/document/vocabulary.h"

namespace pidproof::reports {

// Evidence is strong where it bounds the harm below the first of these shares of the opportunities,
// with 95 % confidence, and fair where below the second.
inline constexpr double kStrongBound = 1e-3;
inline constexpr double kFairBound = 1e-2;
// So many opportunities without a harm bring it there; a test holds them against the bounds.
inline constexpr std::uint64_t kOpportunitiesIfStrong = 2995;
inline constexpr std::uint64_t kOpportunitiesIfFair = 299;

// Of a torture cell that is upheld. Nothing for any other: harm that came has a rate with
// its interval, and an undecided cell has no bound.
std::optional<Strength> StrengthOf(const Cell& cell);

// All upheld torture cells of a document, by strength.
struct Evidence {
  std::size_t strong = 0;
  std::size_t fair = 0;
  std::size_t weak = 0;
  // A run of the same kind in which each goes on until it is strong takes about that long, judged
  // by the rates of this one.
  double seconds_until_strong = 0;

  std::size_t all() const { return strong + fair + weak; }
};
Evidence Weigh(const Document& document);

// For a reader: "69 upheld races: 41 strong (harm in fewer than 1 of 1,000 opportunities), 28 fair
// (1 of 100), 0 weak; --until 1e-3 makes all strong, in about 2 min"; empty where no torture cell
// is upheld.
std::string EvidenceSentence(const Evidence& evidence);

}  // namespace pidproof::reports
