#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <random>
#include <string_view>
#include <vector>

#include "probes/system/isolate.h"
#include "scenarios/arena/arena.h"
#include "scenarios/loop/flight_recorder.h"
#include "scenarios/loop/loop_config.h"
#include "scenarios/loop/tally_wire.h"
#include "scenarios/outcome.h"

namespace pidproof::scenarios {

// Whether the harm could have come in a trial.
enum class Window {
  kClosed,  // no
  kNear,    // no, but the acts missed each other by less than the shortest one's length
  kOpen,    // yes
};

// Counts the outcomes of a torture loop, sends the counts up in batches so that they survive a
// hang, and decides when the loop has done enough. Nothing here allocates, locks or logs per trial.
class TrialLoop {
 public:
  TrialLoop(const FrameWriter& up, const Arena& arena, const LoopConfig& config);
  ~TrialLoop();

  // Whether there is budget for another trial; begins it.
  bool Next();
  void Record(Outcome outcome, Window window = Window::kOpen);
  // What the loop's own thread has just done in this trial, for the record.
  void Note(const char* call, CallResult saw) { config_.flight->Note(0, call, saw); }

  // The rate of the work below a trial that is not under test, measured in this run.
  void Baseline(std::uint64_t count, std::chrono::nanoseconds time);
  // How the window is opened: "acts at once", "PID placed by set_tid"... The last call counts.
  void OpenedBy(std::string_view how);
  // The names of a race's acts, in the order of their indices; then, of every trial, the act that
  // began first and the one that won, if one did.
  void Actors(const std::vector<const char*>& names);
  void BeganFirst(std::size_t actor) { ++shares_.began_first[actor]; }
  void Won(std::size_t actor) { ++shares_.won[actor]; }
  // The schedule of the coming trial.
  void Scheduled(const Schedule& schedule) { schedule_ = schedule; }

  const LoopConfig& config() const { return config_; }
  const Arena& arena() const { return arena_; }
  // The current trial, counted from 1.
  std::uint64_t trial() const { return trial_; }
  // Trials whose window was open, so far.
  std::uint64_t opportunities() const { return opportunities_; }
  // The source of everything random: the seed decides it.
  std::mt19937_64& chance() { return chance_; }

 private:
  void Flush();
  void KeepRecord(Outcome outcome);
  bool Is(const std::vector<std::string_view>& words, Outcome outcome) const;
  bool IsDecided() const;
  bool Enough(std::chrono::nanoseconds spent) const;
  std::uint64_t Opportunities() const;
  std::uint64_t NearMisses() const;

  struct Count {
    std::string_view word;
    std::uint64_t count = 0;
    double first = 0;  // seconds from the start to its first occurrence
    bool harm = false;
    bool known = false;
  };
  static constexpr std::size_t kDistinct = 16;
  static constexpr int kMostRecords = 3;
  const FrameWriter& up_;
  const Arena& arena_;
  const LoopConfig& config_;
  std::mt19937_64 chance_;
  std::chrono::steady_clock::time_point begun_;
  std::chrono::steady_clock::time_point flushed_;
  std::array<Count, kDistinct> counts_{};
  Shares shares_;
  Schedule schedule_;
  std::uint64_t trial_ = 0;
  std::uint64_t opportunities_ = 0;
  std::uint64_t near_misses_ = 0;
  std::uint64_t hits_ = 0;
  bool harm_came_in_ = false;
  std::size_t musts_seen_ = 0;
  int recorded_ = 0;
  bool opened_by_sent_ = false;
};

}  // namespace pidproof::scenarios
