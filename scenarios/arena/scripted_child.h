#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <initializer_list>

#include "probes/system/abi.h"
#include "probes/system/result.h"
#include "scenarios/arena/arena.h"

namespace pidproof::scenarios {

// One system call of a script, and the step that follows for each kind of result. The script lies
// in memory shared by the trial and the child, and must outlive the child.
struct Step {
  long call = 0;
  std::array<long, 6> arguments{};
  Step* zero = nullptr;
  Step* positive = nullptr;
  Step* failed = nullptr;
  std::atomic<long> answer = 0;  // the last result other than 0; an errno is negative

  // That call, then the next step whatever the result.
  void Set(long number, std::initializer_list<long> given, Step& next);
  // A call that is repeated for ever.
  void Repeat(long number, std::initializer_list<long> given) { Set(number, given, *this); }
  // Reads the eventfd, and retries when that fails: the gate before the next step.
  void AwaitGate(int gate, std::uint64_t& opened, Step& next);
};

// Arguments of a step: where an object is, and the size of a signal set, as the kernel has it.
template <typename T>
long AddressOf(T& object) {
  return reinterpret_cast<long>(&object);
}
inline constexpr long kSignalSetSize = 8;

// How a scripted child is made.
struct Scripted {
  pid_t slot = 0;  // the arena's slot whose PID it takes, where PIDs can be placed
  bool with_pidfd = false;
  std::uint64_t sharing = Arena::kShareAll;  // clone flags, including CLONE_VM
  // The kernel writes 0 here when the first thread leaves the shared memory, by exit or by execve
  // (CLONE_CHILD_CLEARTID). A moment later it is a zombie, or runs the new program.
  std::atomic<int>* left = nullptr;
};

// A child without a stack, like a stub (stub.h): it lives in its registers and reads each step from
// memory when it gets there. It makes only the calls of the script.
Arena::Stub SpawnScripted(Arena& arena, Step& first, const Scripted& how);

// Two steps that clone a thread or a child of the scripted child: by clone3(2) with the PIDs of a
// slot, or, where that is refused, by clone(2) with the next free PID.
class ScriptedClone {
 public:
  ScriptedClone(Arena& arena, pid_t slot, std::uint64_t flags, int exit_signal,
                std::atomic<int>* left = nullptr);
  ScriptedClone(const ScriptedClone&) = delete;

  // born: the clone's first step; next: its maker's; failed: its maker's where nothing could be
  // cloned.
  void Lead(Step& born, Step& next, Step& failed);
  Step& first() { return chosen_; }
  // Before another child runs the script.
  void Renew();
  // The PID of the clone, once it is made. Throws Unsupported where it cannot be.
  pid_t Await() const;

 private:
  Arena& arena_;
  std::atomic<int>* left_;
  Arena::ChosenPids pids_;
  abi::CloneArgs args_;
  Step chosen_;
  Step plain_;
};

}  // namespace pidproof::scenarios
