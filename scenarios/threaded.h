#pragma once

#include <sys/types.h>

#include "scenarios/arena.h"

namespace pidproof {

// A child of two threads whose first, the leader, is a zombie while the other waits at the gate.
// Throws Unsupported where there is no /proc to see the leader's end in: nothing else tells of it.
struct Leaderless {
  enum class Last {
    kThreadExits,  // the other thread ends alone, with kLastStatus
    kGroupExits,   // it ends the whole process, with kLastStatus
  };
  static constexpr int kLeaderStatus = 3;
  static constexpr int kLastStatus = 11;

  static Leaderless Make(Arena& arena, Last last = Last::kThreadExits);

  Child child;
  pid_t other;    // the other thread's number
  pid_t in_proc;  // the number that /proc has for the child
};

// A child whose second thread executes this program anew, and then waits at the gate: the process
// keeps its number, the thread loses its own.
struct Executed {
  enum class Who { kLeader, kOtherThread };

  // Begins; in the new program only once Await has returned.
  static Executed Make(Arena& arena, Who who);
  // Lets it go, and returns once it is the new program.
  void Await();
  // Lets the new program end. Throws Unsupported if it never was that program.
  void Finish();

  Child child;
  pid_t thread;  // the number of the thread that executes
  Fd closed_by_exec;
  Fd start;
};

// Runs act on another thread of this process and waits for it.
void OnAnotherThread(void (*act)(void* argument), void* argument);

template <typename Act>
void OnAnotherThread(Act act) {
  OnAnotherThread([](void* argument) { (*static_cast<Act*>(argument))(); }, &act);
}

}  // namespace pidproof
