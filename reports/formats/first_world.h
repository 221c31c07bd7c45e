// What forms for one host each say: of the first world of its document.
#pragma once

#include <string>
#include <vector>

#include "reports/document/document.h"

namespace pidproof::reports::formats {

std::vector<Feature> FirstWorldFeatures(const Document& document);

// The last release of the kernel up to which every feature that was ever added is present, "6.9";
// empty where the first is missing.
std::string LevelOf(const std::vector<Feature>& features);

// How many cells of the first world have each verdict, on both paths, and what they are called.
struct VerdictCounts {
  std::size_t upheld = 0;
  std::size_t hazardous = 0;
  std::size_t hazardous_by_pidfd = 0;
  std::vector<std::string> violated;   // "scenario path"
  std::vector<std::string> undecided;  // hung, crashed, broken or inconclusive
};
VerdictCounts CountVerdicts(const Document& document);

}  // namespace pidproof::reports::formats
