#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <vector>

#include "probes/result.h"

namespace pidproof {

// What a call answered, as one number for the record: its value, or its errno as a negative number.
struct Saw {
  long value = 0;

  Saw(long number) : value(number) {}
  template <typename T>
  Saw(const Result<T>& result) : value(-result.error()) {}
};

// One thing that an actor of a torture loop did.
struct Event {
  std::int64_t begun = 0;      // nanoseconds of CLOCK_MONOTONIC
  std::int64_t ended = 0;      // the same; 0 while it is under way
  const char* call = nullptr;  // a literal
  long saw = 0;                // see Saw
  std::uint64_t trial = 0;
  std::uint32_t actor = 0;
};

// Nanoseconds of CLOCK_MONOTONIC, the one clock of all records.
std::int64_t ClockNow();

// The last things that each actor did. Lies in memory shared with the runner, so that it outlives a
// crash or a hang. Each actor writes to a lane of its own: nothing waits for anything.
class Flight {
 public:
  // 16 that race, and one that directs them (0, which may race too).
  static constexpr std::size_t kMostActors = 17;

  // A trial begins: what follows is part of it.
  void Turn(std::uint64_t trial) { trial_.store(trial, std::memory_order_relaxed); }
  // What the actor does from now on, until End. Returns the time.
  std::int64_t Begin(std::size_t actor, const char* call);
  std::int64_t End(std::size_t actor, Saw saw);
  // What it has just done, without a beginning of its own.
  void Note(std::size_t actor, const char* call, Saw saw);

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

// A Flight in memory that the offspring of this process shares.
class SharedFlight {
 public:
  SharedFlight();
  ~SharedFlight();
  SharedFlight(const SharedFlight&) = delete;

  Flight& operator*() const { return *flight_; }
  Flight* operator->() const { return flight_; }

 private:
  Flight* flight_;
};

}  // namespace pidproof
