#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <initializer_list>

#include "probes/system/abi.h"
#include "scenarios/stage/arena.h"

namespace pidproof {

// One system call of a scripted life, and where it goes on by what the call answers. The script
// lies in memory that the trial and the child share, and must outlive the child.
struct Step {
  long call = 0;
  std::array<long, 6> arguments{};
  Step* zero = nullptr;
  Step* positive = nullptr;
  Step* failed = nullptr;
  std::atomic<long> answer = 0;  // the last that was not 0; an errno is negative

  // That call, and whatever it answers, the next step.
  void Set(long number, std::initializer_list<long> given, Step& next);
  // A call that is made again and again.
  void Repeat(long number, std::initializer_list<long> given) { Set(number, given, *this); }
  // Reads the eventfd, again where that fails: it is the gate before the next step.
  void AwaitGate(int gate, std::uint64_t& opened, Step& next);
};

// How a child is made that follows a script.
struct Scripted {
  pid_t slot = 0;  // which of the arena's dealt numbers it takes, where numbers can be dealt
  bool with_pidfd = false;
  std::uint64_t sharing = Arena::kShareAll;  // clone flags, CLONE_VM among them
  // The kernel writes 0 here when the first thread leaves the memory that it shares: by its end or
  // by execve. A moment later it is a zombie, or the new program (CLONE_CHILD_CLEARTID).
  std::atomic<int>* left = nullptr;
};

// A child without a stack, like a stub (stub.h): it lives in its registers, and each step is read
// from memory as it comes to it. It makes no call but those of the script.
Arena::Stub SpawnScripted(Arena& arena, Step& first, const Scripted& how);

// Two steps that make a thread of the child, or a child of it: by clone3(2) with the numbers of a
// slot, and where that is refused by clone(2) with the number that comes.
class ScriptedClone {
 public:
  ScriptedClone(Arena& arena, pid_t slot, std::uint64_t flags, int exit_signal,
                std::atomic<int>* left = nullptr);
  ScriptedClone(const ScriptedClone&) = delete;

  // Which the new one goes on with, which the one that made it; and the latter where there is none.
  void Lead(Step& born, Step& next, Step& failed);
  Step& first() { return chosen_; }
  // Before another child follows the script.
  void Renew();
  // The number of the new one, once it is made. Throws Unsupported where it cannot be.
  pid_t Await() const;

 private:
  Arena& arena_;
  std::atomic<int>* left_;
  Arena::Numbers numbers_;
  abi::CloneArgs args_;
  Step chosen_;
  Step plain_;
};

}  // namespace pidproof
