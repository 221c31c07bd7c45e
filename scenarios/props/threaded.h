// Children of two threads. Each takes the trial's report. Throws Unsupported where no thread can be
// made.
#pragma once

#include <sys/types.h>

#include "scenarios/arena.h"

namespace pidproof {

// Both threads linger.
struct Threaded {
  static Threaded Make(Arena& arena);

  Child child;
  pid_t other;  // the second thread's number
};

// The first thread, the leader, is a zombie while the other waits at the gate. Throws Unsupported
// where there is no /proc to see the leader's end in, too: nothing else tells of it.
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

// One of the threads executes this program anew, and then waits at the gate: the process keeps its
// number, the second thread loses its own.
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
  Fd start;
};

}  // namespace pidproof
