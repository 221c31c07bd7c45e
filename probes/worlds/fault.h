#pragma once

#include <span>
#include <string_view>

namespace pidproof {

// An injected bug: the calls under test (scenarios/tested.h) behave, at a chosen rate, as a buggy
// kernel has or might. The referee's calls are not affected.
struct Fault {
  enum Kind {
    kNone,
    kSignalStranger,
    kSignalLost,
    kZombieDead,
    kWaitStranger,
    kStatusTwice,
    kStatusLost,
    kStatusWrong,
    kEagainAfterExit,
    kLostWakeup,
    kEarlyWakeup,
    kInfoEsrch,
    kInfoEmpty,
    kInfoWrong,
    kWrongFile,
    kFileLeft,
    kChildLeft,
    kWrongNamespace,
  };
  Kind kind = kNone;
  double rate = 1;  // how often it is injected where it could be, above 0 and up to 1

  // "lost-wakeup", "lost-wakeup@1e-3". Throws std::invalid_argument with one line that names the
  // error and the fix.
  static Fault Parse(std::string_view text);
  // Active from now on, in this process and its descendants.
  void Play() const;
};

struct KnownFault {
  Fault::Kind kind;
  std::string_view name;
  std::string_view what;  // one line
};
std::span<const KnownFault> KnownFaults();

// For the calls under test only.
namespace fault {
inline Fault::Kind played = Fault::kNone;

bool Draw();
// Whether this fault is to be injected now.
inline bool Makes(Fault::Kind kind) { return played == kind && Draw(); }
}  // namespace fault

}  // namespace pidproof
