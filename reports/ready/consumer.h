// The consumers of pidfds, and how each reacts to a refusal: data, one row a consumer.
#pragma once

#include <string_view>
#include <vector>

#include "probes/registry.h"
#include "reports/ready/impact.h"

namespace pidproof::reports::ready {

// What a refusal causes, and whether the consumer goes on to its next call.
struct Reaction {
  Impact impact;
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

// Answers that a consumer treats differently from the others.
struct Exception {
  std::vector<std::string_view> answers;  // as in Feature::errno_name
  Reaction reaction;
};

// One call of a consumer. Nothing handles SIGSYS unless `except` says so.
struct Step {
  std::string_view feature;
  Reaction refused;
  std::vector<Exception> except = {};
  std::vector<std::string_view> with = {};     // taken only where all of these are present
  std::vector<std::string_view> without = {};  // taken only where none of these is
  // Whether an unclear answer leaves the matter open. Not where the probe needs
  // something that may be missing, such as a process outside.
  bool decides_unknown = true;

  // What the consumer does when the feature is refused with that answer.
  Reaction On(std::string_view answer) const;
};

// A program, or one use of pidfds in it: a `const Registered<Consumer>` in a file of consumers/.
// The steps are in the order of the consumer's own calls: a refusal that ends the matter keeps it
// from the calls that follow, so a SIGSYS there never comes.
struct Consumer {
  std::string_view name;  // what a user asks for: "go-1.24"; the part before a '-' names the family
  std::string_view title;
  std::string_view versions;
  std::vector<Step> steps = {};   // none: it uses no pidfd
  std::string_view instead = {};  // what a fallback uses
  std::string_view also = {};     // what else matters, and no feature shows
  std::string_view source;
  // The feature whose function it calls in the C library, which must be new enough (Feature::libc);
  // empty for one that makes its system calls itself.
  std::string_view by_libc = {};
};

// What most fall back to.
inline constexpr std::string_view kByPid = "by PID";

// A call on processes that the consumer did not fork, which a sandbox that isolates by scope
// refuses (Landlock, LSM policies) though it allows the same on the consumer's own children. Where
// no process outside is visible, the step decides nothing.
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

}  // namespace pidproof::reports::ready
