// The process that a verb is about.
#pragma once

#include <sys/types.h>

#include <string_view>

#include "probes/system/fd.h"

namespace pidproof::scenarios::benchmarks {

enum class State { kAlive, kZombie, kDead };
inline constexpr State kStates[] = {State::kAlive, State::kZombie, State::kDead};
std::string_view Word(State state);  // "alive", "zombie", "dead"

// A child that shares our memory and sleeps, brought to that state; nothing of it is left
// afterwards. Throws Broken when it cannot be made. kDead: its PID belongs to no process while
// nothing else makes one, so that state needs a PID namespace of our own.
class Target {
 public:
  explicit Target(State state);
  ~Target();
  Target(const Target&) = delete;

  pid_t pid() const { return pid_; }
  int pidfd() const { return pidfd_.get(); }

 private:
  void Reap();
  pid_t pid_ = 0;
  Fd pidfd_;
  bool reaped_ = false;
};

}  // namespace pidproof::scenarios::benchmarks
