#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "reports/document/document.h"
#include "reports/ready/impact.h"

namespace pidproof::reports::ready {

// What becomes of one consumer of pidfds in one world. The feature, its availability, errno_name
// and fix are empty where no feature decided.
struct Readiness {
  std::string consumer;  // its name, such as "go-1.24"
  std::string title;
  std::string versions;
  Impact impact = Impact::kUndecided;
  std::string feature;       // the one that decides
  std::string availability;  // of that feature, or "not probed"
  std::string errno_name;    // as in Feature
  std::string fix;           // what would make it available: one line, as in Feature
  std::string instead;       // what the consumer uses where it falls back
  std::string also;          // what else matters, and no feature shows
  std::string source;
};

// The consumers that are wanted, by name. A word wants the consumer of that name, or else all whose
// name starts with it and a '-' ("go", "util-linux"); no word wants all. Throws
// std::invalid_argument with one line for a word that names none.
std::vector<Readiness> Assess(const std::vector<Feature>& features_of_one_world,
                              const std::vector<std::string>& wanted);

// A table, and what would fix each refusal; at most TerminalStyle::kColumns wide.
std::string ReadyText(const std::vector<Readiness>& rows, bool colour);

// As an exit status: 1 when a consumer is not ready, else 3 when one is undecided, else 0. Ready is
// native or not-applicable: a fallback, logged or not, is not enough where pidfds are required.
int ReadyStatus(const std::vector<Readiness>& rows);

// The names of the consumers that use a feature.
std::vector<std::string_view> ConsumersOf(std::string_view feature);

}  // namespace pidproof::reports::ready
