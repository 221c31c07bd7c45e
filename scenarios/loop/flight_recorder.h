#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <vector>

#include "probes/system/codec.h"
#include "probes/system/result.h"

namespace pidproof {

// What a call answered, as one number for the record: its value, or its errno as a negative number.
struct CallResult {
  long value = 0;

  CallResult(long number) : value(number) {}
  template <typename T>
  CallResult(const Result<T>& result) : value(-result.error()) {}
};

// One thing that an actor of a torture loop did.
struct Event {
  std::int64_t begun = 0;      // nanoseconds of CLOCK_MONOTONIC
  std::int64_t ended = 0;      // the same; 0 while it is under way
  const char* call = nullptr;  // a literal
  long saw = 0;                // see CallResult
  std::uint64_t trial = 0;
  std::uint32_t actor = 0;
};

void Fields(auto& codec, Like<Event> auto& event) {
  auto& [begun, ended, call, saw, trial, actor] = event;
  codec(begun, ended, call, saw, trial, actor);
}

// Nanoseconds of CLOCK_MONOTONIC, the one clock of all records.
std::int64_t ClockNow();
// Keeps its processor busy for so many of them.
void SpinFor(std::int64_t nanoseconds);

// The last things that each actor did. Lies in memory shared with the runner, so that it outlives a
// crash or a hang. Each actor writes to a lane of its own: nothing waits for anything.
class FlightRecorder {
 public:
  // 16 that race, and one that directs them (0, which may race too).
  static constexpr std::size_t kMostActors = 17;

  // A trial begins: what follows is part of it.
  void Turn(std::uint64_t trial) { trial_.store(trial, std::memory_order_relaxed); }
  // What the actor does from now on, until End. Returns the time.
  std::int64_t Begin(std::size_t actor, const char* call);
  std::int64_t End(std::size_t actor, CallResult saw);
  // What it has just done, without a beginning of its own.
  void Note(std::size_t actor, const char* call, CallResult saw);

  // The events of that trial and all after it that are still kept, in the order of time.
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

// A FlightRecorder in memory that the offspring of this process shares.
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

}  // namespace pidproof
