#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <vector>

#include "probes/system/codec.h"
#include "probes/system/result.h"

namespace pidproof::scenarios {

// What a call returned, as one number for the record: its value, or its errno negated.
struct CallResult {
  long value = 0;

  CallResult(long number) : value(number) {}
  template <typename T>
  CallResult(const Result<T>& result) : value(-result.error()) {}
};

// One act of an actor of a torture loop.
struct Event {
  std::int64_t begun = 0;      // nanoseconds of CLOCK_MONOTONIC
  std::int64_t ended = 0;      // the same; 0 while it is in progress
  const char* call = nullptr;  // a string literal
  long saw = 0;                // see CallResult
  std::uint64_t trial = 0;
  std::uint32_t actor = 0;
};

void Fields(auto& codec, Like<Event> auto& event) {
  auto& [begun, ended, call, saw, trial, actor] = event;
  codec(begun, ended, call, saw, trial, actor);
}

// Nanoseconds of CLOCK_MONOTONIC, the clock of all records.
std::int64_t ClockNow();
// Busy-waits for that long.
void SpinFor(std::int64_t nanoseconds);

// The last events of each actor, in memory shared with the runner, so that they survive a crash or
// a hang. Each actor writes to a lane of its own, without locks.
class FlightRecorder {
 public:
  // 16 that race, and one that directs them (0, which may race too).
  static constexpr std::size_t kMostActors = 17;

  // Events from here on belong to that trial.
  void Turn(std::uint64_t trial) { trial_.store(trial, std::memory_order_relaxed); }
  // What the actor does from now on, until End. Both return the time.
  std::int64_t Begin(std::size_t actor, const char* call);
  std::int64_t End(std::size_t actor, CallResult saw);
  // What it has just done, as an event without duration.
  void Note(std::size_t actor, const char* call, CallResult saw);

  // The events still kept of that trial and later ones, ordered by time.
  std::vector<Event> Since(std::uint64_t trial) const;
  std::uint64_t trial() const { return trial_.load(std::memory_order_relaxed); }

 private:
  static constexpr std::size_t kKept = 32;
  struct alignas(64) Lane {
    std::size_t count = 0;
    std::array<Event, kKept> events{};
  };
  std::atomic<std::uint64_t> trial_ = 0;
  std::array<Lane, kMostActors> lanes_{};
};

// A FlightRecorder in memory that this process shares with its descendants.
class SharedFlightRecorder {
 public:
  SharedFlightRecorder();
  ~SharedFlightRecorder();
  SharedFlightRecorder(const SharedFlightRecorder&) = delete;

  FlightRecorder& operator*() const { return *flight_; }
  FlightRecorder* operator->() const { return flight_; }

 private:
  FlightRecorder* flight_;
};

}  // namespace pidproof::scenarios
