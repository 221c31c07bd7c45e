// What the processes and threads of one trial asked the kernel, and its answers.
#pragma once

#include <sys/types.h>

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "probes/system/codec.h"

namespace pidproof::runner::transcript {

// Memory that a call was given, as it was before and after.
struct Block {
  std::uint64_t address = 0;
  std::string before;
  std::string after;
};

// The number of what is no call: the actor touches memory that it has not.
inline constexpr long kFault = -1;

struct Call {
  std::size_t actor = 0;
  long number = 0;
  std::array<std::uint64_t, 6> arguments{};
  std::vector<Block> memory;
  // Moments, counted over all actors. A call that other actors' moments come between had to wait.
  std::size_t began = 0;
  std::size_t ended = 0;
  bool in_handler = false;  // made by the handler of a signal that interrupted another call
  bool returned = false;    // false: its actor ended in it
  long result = 0;          // an errno is negative
};

// A process or a thread.
struct Actor {
  pid_t pid = 0;      // as the trial's PID namespace has it
  long made_by = -1;  // the call that made it; -1: it is the trial itself
  bool thread = false;
  std::size_t ended = 0;  // the moment at which it had ended; 0: never
};

struct Recording {
  std::vector<Actor> actors;
  std::vector<Call> calls;
  // Why it is not the whole truth; empty where it is.
  std::string flaw;
};

void Fields(auto& codec, Like<Block> auto& block) {
  auto& [address, before, after] = block;
  codec(address, before, after);
}
void Fields(auto& codec, Like<Call> auto& call) {
  auto& [actor, number, arguments, memory, began, ended, in_handler, returned, result] = call;
  codec(actor, number, arguments, memory, began, ended, in_handler, returned, result);
}
void Fields(auto& codec, Like<Actor> auto& actor) {
  auto& [pid, made_by, thread, ended] = actor;
  codec(pid, made_by, thread, ended);
}
void Fields(auto& codec, Like<Recording> auto& recording) {
  auto& [actors, calls, flaw] = recording;
  codec(actors, calls, flaw);
}

}  // namespace pidproof::runner::transcript
