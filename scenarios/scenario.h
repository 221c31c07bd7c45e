#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "probes/registry.h"
#include "probes/release.h"
#include "scenarios/arena.h"
#include "scenarios/outcome.h"
#include "scenarios/path.h"
#include "scenarios/scribe.h"

namespace pidproof {

// What hearing an outcome means.
enum class Mood {
  kMust,    // it has to be heard
  kMay,     // it may be
  kHazard,  // it may be, and it is the harm that this path is exposed to
  kNever,   // it must not be
};
using enum Mood;

std::string_view Word(Mood mood);

// One answer that is known for one path, with the reason and its source in brackets.
struct Claim {
  Path path;
  std::string_view outcome;
  Mood mood;
  std::string_view because;
  Release since = {};  // tells the era of an answer that changed; never decides
};

// Which columns may do without a pid namespace of their own: those that name only children that are
// not reaped, or name them by pidfd. What a reaped number names there is not ours to touch.
enum class Bare { kNoPath, kPidfdOnly, kBothPaths };
using enum Bare;

// One question asked of both paths. A trial answers in one word; the claims say what each word
// means. A word that nobody claims is as bad as a never.
struct Scenario {
  enum Kind { kConformance, kTorture };

  std::string_view name;  // "topic/question"
  std::string_view asks;  // the question
  Kind kind = kConformance;
  std::vector<std::string_view> pidfd_needs =
      {};  // features without which the pidfd column is unsupported
  std::vector<std::string_view> legacy_needs = {};  // the same for the other column
  Bare bare = kNoPath;
  std::vector<Claim> claims;
  // Why a never of the pidfd column has no hazard as its control in the legacy column; empty when
  // it has.
  std::string_view no_control = {};
  Outcome (*trial)(Arena& arena, Path path) = nullptr;  // conformance: asked once
  void (*torture)(Arena& arena, Path path,
                  Scribe& scribe) = nullptr;  // torture: loops while there is budget
};

}  // namespace pidproof
