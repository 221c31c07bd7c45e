// A thread that signals processes which others create and reap, as a supervisor of foreign
// processes does: it checks the target, thinks, and signals.
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

namespace pidproof::scenarios::torture {

// What the killer knows of a target.
struct Target {
  Path path = kPidfd;
  pid_t pid = 0;
  std::uint64_t started = 0;
  std::optional<Handle> handle;
};

// How it checks and signals.
struct Method {
  bool (*is_there)(const Target&);
  sys::Status (*signal)(const Target&);
  bool compares_start = false;
};

// The phase of a cycle. During kTarget the target is not reaped; during kStranger the stranger
// lives, and only the killer may have signalled it.
enum Phase : std::uint64_t { kTarget, kBefore, kStranger, kAfter, kPhases };

// The killer signalled the target of that cycle; the cycle and phase before and after it did.
struct Shot {
  std::uint64_t cycle = 0;
  std::uint64_t before = 0;
  std::uint64_t after = 0;
  sys::Status sent = 0;

  bool WasAllIn(Phase phase) const { return before == after && before % kPhases == phase; }
};

// Signals the targets that a churner shows it, on a thread of its own, without a pause: one shot at
// each target that it gets.
class Killer {
 public:
  // processors: those that it may use; it avoids the caller's if it can.
  Killer(const Method& method, TrialLoop& trials, const cpu_set_t& processors);
  ~Killer();
  Killer(const Killer&) = delete;

  // A cycle, counted from 1, begins, and the killer may see its target. Old targets are kept, as
  // the killer may still use one; where that one's place is needed, this one is not shown.
  void Show(std::uint64_t cycle, Target target);
  void Hide() { shown_ = 0; }
  void Enter(std::uint64_t cycle, Phase phase) { phase_ = cycle * kPhases + phase; }
  // It thinks for up to that many nanoseconds.
  void ThinkFor(std::int64_t most) { most_ = most; }

  // The shot made since the last call, if there was one.
  std::optional<Shot> TakeShot();

 private:
  static constexpr std::size_t kKept = 8;

  void Hunt();
  bool Shoot(std::uint64_t cycle);
  void Think();

  Method method_;
  FlightRecorder& flight_;
  std::mt19937_64 chance_;
  cpu_set_t elsewhere_;
  std::array<Target, kKept> targets_;
  Shot shot_;
  std::exception_ptr failure_;
  std::atomic<std::int64_t> most_ = 0;
  std::atomic<bool> done_ = false;
  alignas(64) std::atomic<std::uint64_t> shown_ = 0;  // a cycle, 0 for none
  alignas(64) std::atomic<std::uint64_t> phase_ = 0;
  alignas(64) std::atomic<std::uint64_t> held_ = 0;  // the cycle whose target is in use
  std::atomic<bool> shot_made_ = false;
  std::thread thread_;  // declared last: it uses all other members
};

}  // namespace pidproof::scenarios::torture
