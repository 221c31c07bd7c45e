#pragma once

#include <atomic>
#include <cstdint>

#include "probes/fd.h"
#include "scenarios/arena.h"
#include "scenarios/props/gate.h"
#include "scenarios/script.h"

namespace pidproof {

// A child of two threads that is made anew in every trial, cheaply: both follow a script. The first
// leaves alone when it is let go; the other one does so too, or executes this program anew and is
// the child from then on. They take the numbers of two slots.
class RacingThreads {
 public:
  enum class Other { kLeaves, kExecutes };
  static constexpr int kFirstStatus = 3;
  static constexpr int kOtherStatus = 5;

  RacingThreads(Arena& arena, Other other);
  RacingThreads(const RacingThreads&) = delete;

  // Once both threads wait, or are about to. The child before it must be reaped.
  Arena::Stub Spawn(bool with_pidfd);

  void LetFirstGo() const { first_gate_.Open(); }
  void LetOtherGo() const { other_gate_.Open(); }
  // Returns once that thread has left the memory it was made in. The first is a zombie a moment
  // later; the other is in the new program. Throws Unsupported where that cannot be executed.
  void AwaitFirstLeft() const { AwaitCleared(first_left_); }
  void AwaitOtherLeft() const;

 private:
  Arena& arena_;
  Gate first_gate_;
  Gate other_gate_;
  Fd rest_;  // the gate at which the new program waits, which never opens
  char rest_number_[16];
  char* arguments_[4];
  char* environment_[1] = {nullptr};
  std::uint64_t opened_ = 0;
  std::atomic<int> first_left_ = 1;
  std::atomic<int> other_left_ = 1;
  ScriptedClone other_;
  Step first_waits_;
  Step first_leaves_;
  Step other_waits_;
  Step other_leaves_;
  Step executes_;
  Step executes_by_name_;
  Step fails_;
};

}  // namespace pidproof
