// What counts of a race are worth: rates with 95 % confidence, and what the absence of hits means.
#pragma once

#include <cstdint>
#include <string>

namespace pidproof::reports {

// Shares between 0 and 1.
struct Interval {
  double low = 0;
  double high = 1;
};

// Wilson's score interval at 95 % for a share of hits (E. B. Wilson, 1927); the whole range for
// nothing tried.
Interval Wilson95(std::uint64_t hits, std::uint64_t opportunities);

// The exact upper bound at 95 % of a share that was never seen: 1 - 0.05^(1/n); 1 for nothing
// tried.
double BoundAtZero95(std::uint64_t opportunities);

// How many opportunities without a hit bring that bound down to share (above 0, below 1).
std::uint64_t NeededForBound95(double share);

// A share in per cent, with enough decimals to differ from 0 and from 100: "99.97 %".
std::string Percent(double share);

// For a reader: "0 in 812,345 opportunities: with 95 % confidence fewer than 1 in 271,000".
std::string RateSentence(std::uint64_t hits, std::uint64_t opportunities);

}  // namespace pidproof::reports
