// Who uses pidfds, and how each of them takes a refusal: data, one row a consumer.
#pragma once

#include <string_view>
#include <vector>

#include "reports/document/vocabulary.h"

namespace pidproof::reports {

// What becomes of a consumer.
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
inline constexpr Word kImpacts[] = {
    {"native", Tone::kGood, "it works through pidfds"},
    {"degraded-silently", Tone::kCaution, "it falls back to numbers and does not say so"},
    {"degraded-logged", Tone::kCaution, "it falls back to numbers and says so in its log"},
    {"broken-at-start", Tone::kBad, "its first call fails, and it has no other way"},
    {"broken-late", Tone::kBad, "it believes that pidfds work, and a later call fails"},
    {"crash", Tone::kBad, "a signal or a fatal error ends it"},
    {"not-applicable", Tone::kQuiet, "it uses no pidfd"},
    {"undecided", Tone::kUndecided, "a feature that decides is unclear or was not probed"},
};

constexpr std::string_view WordOf(Impact fate) {
  return kImpacts[static_cast<std::size_t>(fate)].word;
}

// Where a refusal leads: to an end, or onwards with what is still to be had.
struct Reaction {
  Impact fate;
  bool goes_on = false;
  bool operator==(const Reaction&) const = default;
};

inline constexpr Reaction kTolerates{Impact::kWorks, true};  // there is another way that is as good
inline constexpr Reaction kDoesWithout{Impact::kDegradedSilently, true};
inline constexpr Reaction kFallsBack{Impact::kDegradedSilently};
inline constexpr Reaction kSaysSo{Impact::kDegradedLogged};
inline constexpr Reaction kFails{Impact::kBrokenAtStart};
inline constexpr Reaction kFailsLate{Impact::kBrokenLate};
inline constexpr Reaction kDies{Impact::kCrash};

// Answers that a consumer tells from the others.
struct Exception {
  std::vector<std::string_view> answers;  // as in Feature::errno_name
  Reaction turn;
};

// One call of a consumer. Nothing handles SIGSYS unless `except` says so.
struct Step {
  std::string_view feature;
  Reaction refused;
  std::vector<Exception> except = {};
  std::vector<std::string_view> with = {};     // taken only where all of these are present
  std::vector<std::string_view> without = {};  // taken only where none of these is
  // Whether an unclear answer leaves the matter open. It does not where the answer is known only if
  // something shows itself that need not be there.
  bool decides_unknown = true;

  Reaction On(std::string_view answer) const;
};

// The steps are in the order of the consumer's own calls: a refusal that ends the matter keeps it
// from the calls that follow, so a SIGSYS there never comes.
struct Consumer {
  std::string_view id;
  std::string_view title;
  std::string_view versions;
  std::vector<Step> steps = {};   // none: it uses no pidfd
  std::string_view instead = {};  // what a fallback uses
  std::string_view also = {};     // what matters too, and no feature tells
  std::string_view source;
};

// A call upon processes that the consumer did not fork, which a sandbox that isolates by scope
// refuses (Landlock, LSM policies) though it allows the same upon the consumer's own children. No
// process outside may be visible: then nothing is held against the consumer.
inline Step SignalsOthers(Reaction refused) {
  return {.feature = "outside/signal",
          .refused = refused,
          .with = {"pidfd_send_signal"},
          .decides_unknown = false};
}
inline Step TakesFromOthers(Reaction refused) {
  return {.feature = "outside/getfd",
          .refused = refused,
          .with = {"pidfd_getfd"},
          .decides_unknown = false};
}

// All rows, in the order in which they are shown.
const std::vector<Consumer>& Consumers();

// Its parts, a file each.
std::vector<Consumer> LanguageConsumers();
std::vector<Consumer> LibraryConsumers();
std::vector<Consumer> SystemConsumers();
std::vector<Consumer> ContainerConsumers();
std::vector<Consumer> ToolConsumers();
std::vector<Consumer> StrangerConsumers();  // those that use no pidfd

}  // namespace pidproof::reports
