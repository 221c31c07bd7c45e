#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>

#include "probes/isolate.h"
#include "scenarios/arena.h"
#include "scenarios/outcome.h"

namespace pidproof {

// How long a torture loop goes on.
struct Budget {
  std::chrono::nanoseconds time{};
};

// Keeps the words of a torture loop: counts them, hands the counts up in batches so that what was
// seen survives a hang, and says when the loop has done enough. Nothing here allocates, locks or
// logs per trial.
class Scribe {
 public:
  Scribe(const FrameWriter& up, const Arena& arena, Budget budget);
  ~Scribe();

  // Whether there is budget for another trial.
  bool More();
  // window: whether this trial's window was truly open, so that the harm could have come.
  void Add(Outcome outcome, bool window = true);
  // The rate of the bare work below the trial, measured in this run.
  void Floor(std::uint64_t count, std::chrono::nanoseconds time);

  const Budget& budget() const { return budget_; }
  const Arena& arena() const { return arena_; }

 private:
  void Flush();
  struct Count {
    std::string_view word;
    std::uint64_t count = 0;
    double first = 0;  // seconds from the beginning to the first
  };
  static constexpr std::size_t kDistinct = 16;
  static constexpr std::uint32_t kTrialsPerLook = 32;
  const FrameWriter& up_;
  const Arena& arena_;
  Budget budget_;
  std::chrono::steady_clock::time_point begun_;
  std::chrono::steady_clock::time_point flushed_;
  std::array<Count, kDistinct> counts_{};
  std::uint64_t opportunities_ = 0;
  std::uint32_t until_look_ = 1;  // the first trial is always made
};

// The other end: what a trial's frames amount to.
struct Tally {
  std::uint64_t trials = 0;
  std::uint64_t opportunities = 0;      // trials whose window was open
  std::map<std::string, double> first;  // seconds to the first of each word
  std::map<std::string, std::uint64_t> outcomes;
  double seconds = 0;
  double floor_per_second = 0;
  std::uint64_t outer_used = 0;
  bool exhausted = false;  // stopped early, so as not to use up outer numbers

  // Adds a frame that a Scribe sent; ignores any other.
  void Hear(const Frame& frame);
};

}  // namespace pidproof
