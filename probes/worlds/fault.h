#pragma once

#include <sys/types.h>

#include <span>
#include <string_view>

namespace pidproof {

// A broken subject, built in: the calls that take a pidfd make one of the mistakes that kernels
// have made, or might make, at a chosen rate. Calls by number, which the referee uses, make none.
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

// For the calls under test.
namespace fault {
inline Fault::Kind played = Fault::kNone;

bool Draw();
// Whether this mistake is to be made now.
inline bool Makes(Fault::Kind kind) { return played == kind && Draw(); }

// Which process a pidfd was made for: some mistakes need its number after it is gone.
void Remember(int pidfd, pid_t number);
// 0 when it is not known.
pid_t NumberOf(int pidfd);
}  // namespace fault

}  // namespace pidproof
