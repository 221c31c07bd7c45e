#pragma once

#include <span>
#include <string_view>

namespace pidproof {

// A broken subject, built in: the calls under test (scenarios/tested.h) make one of the mistakes
// that kernels have made, or might make, at a chosen rate. The referee's calls make none.
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
  double rate = 1;  // how often it is made where it could be, above 0 and up to 1

  // "lost-wakeup", "lost-wakeup@1e-3". Throws std::invalid_argument with one line that names the
  // fault and the fix.
  static Fault Parse(std::string_view text);
  // From now on, in this process and its offspring.
  void Play() const;
};

struct KnownFault {
  Fault::Kind kind;
  std::string_view name;
  std::string_view what;  // one line
};
std::span<const KnownFault> KnownFaults();

// For the calls under test, and nothing else.
namespace fault {
inline Fault::Kind played = Fault::kNone;

bool Draw();
// Whether this mistake is to be made now.
inline bool Makes(Fault::Kind kind) { return played == kind && Draw(); }
}  // namespace fault

}  // namespace pidproof
