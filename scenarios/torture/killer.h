// One who signals processes that others make and end, as any supervisor of other people's processes
// does: it checks the target, thinks, and signals.
#pragma once

#include <sched.h>

#include <array>
#include <atomic>
#include <cstdint>
#include <exception>
#include <optional>
#include <random>
#include <thread>

#include "scenarios/handle.h"
#include "scenarios/loop/trial_loop.h"

namespace pidproof {

// What the killer knows of a target.
struct Target {
  Path path = kPidfd;
  pid_t number = 0;
  std::uint64_t started = 0;
  std::optional<Handle> handle;
};

// How it goes about it.
struct Way {
  bool (*is_there)(const Target&);
  sys::Status (*signal)(const Target&);
  bool compares_start = false;
};

// Where a cycle has got to. While that is kTarget, the target is not reaped; while it is kStranger,
// the stranger is alive, and nobody but the killer has signalled it.
enum Stage : std::uint64_t { kTarget, kBefore, kStranger, kAfter, kStages };

// The killer signalled the target of that cycle; the cycle and stage before and after it did.
struct Shot {
  std::uint64_t cycle = 0;
  std::uint64_t before = 0;
  std::uint64_t after = 0;
  sys::Status sent = 0;

  bool WasAllIn(Stage stage) const { return before == after && before % kStages == stage; }
};

// Hunts on a thread of its own, without a pause, for the targets that a churner shows it: one shot
// at each that it gets hold of.
class Killer {
 public:
  // processors: where it may be; elsewhere than the caller if it can.
  Killer(const Way& way, TrialLoop& trials, const cpu_set_t& processors);
  ~Killer();
  Killer(const Killer&) = delete;

  // A cycle, from 1 on, begins, and the killer may see its target. Many are kept, for it may still
  // hold an old one; where that is in the way, this one is not shown.
  void Show(std::uint64_t cycle, Target target);
  void Hide() { shown_ = 0; }
  void Enter(std::uint64_t cycle, Stage stage) { stage_ = cycle * kStages + stage; }
  // It thinks for up to that many nanoseconds.
  void ThinkFor(std::int64_t most) { most_ = most; }

  // The shot that was made since the last call, if there was one.
  std::optional<Shot> RunLoop();

 private:
  static constexpr std::size_t kKept = 8;

  void Hunt();
  bool Shoot(std::uint64_t cycle);
  void Think();

  Way way_;
  FlightRecorder& flight_;
  std::mt19937_64 chance_;
  cpu_set_t elsewhere_;
  std::array<Target, kKept> targets_;
  Shot shot_;
  std::exception_ptr failure_;
  std::atomic<std::int64_t> most_ = 0;
  std::atomic<bool> done_ = false;
  alignas(64) std::atomic<std::uint64_t> shown_ = 0;  // a cycle, 0 for none
  alignas(64) std::atomic<std::uint64_t> stage_ = 0;
  alignas(64) std::atomic<std::uint64_t> held_ = 0;  // the cycle whose target is in use
  std::atomic<bool> shot_made_ = false;
  std::thread thread_;  // the last: it uses all the others
};

}  // namespace pidproof
