#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "reports/document/document.h"
#include "reports/document/vocabulary.h"

namespace pidproof::reports::text {

// How many rows came out as one word of a vocabulary.
struct Counted {
  Word word;
  std::size_t rows;
};

// The document in a few numbers and one sentence. It says "nothing violated" exactly when the exit
// status is not 1.
struct Summary {
  std::vector<Counted> features;  // of the native world; words without a row are left out
  std::vector<Counted> verdicts;  // of all worlds
  std::string evidence;           // of all upheld races, a sentence; empty where there is none
  std::string meaning;
  Tone tone;
};

Summary Summarize(const Document& document);

// The violated rows by name, or else the undecided ones, a few of many; empty where there is none:
// "violated: open/a legacy_pid, open/b pidfd, and 3 more".
std::string NamedBadRows(const Document& document);

}  // namespace pidproof::reports::text
