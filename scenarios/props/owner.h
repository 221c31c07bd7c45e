#pragma once

#include <sys/types.h>

#include "probes/fd.h"
#include "probes/result.h"
#include "scenarios/arena.h"

namespace pidproof {

// A child that owns a descriptor with the number kOwned, and the two ways to have it, too. Takes
// the trial's report.
struct Owner {
  // In the child: makes what is to be owned. -1 and errno: it cannot.
  using Acquire = int (*)();
  static constexpr int kOwned = 63;

  // Returns once the child owns it. Throws Unsupported where it cannot be made.
  static Owner Make(Arena& arena, Acquire acquire);

  // pidfd_getfd(2) of that number in the child, through a new pidfd.
  Result<Fd> Fetch(int number = kOwned) const;
  // open(2) of the link in /proc. Throws Unsupported where /proc does not know the child.
  Result<Fd> Reopen(int number = kOwned) const;

  Child child;
  pid_t in_proc;  // the number that /proc has for the child, 0 for none
};

// open(2) of /proc/NUMBER/fd/DESCRIPTOR for reading and writing.
Result<Fd> ReopenInProc(pid_t number, int descriptor);

// The lowest number that is free for a descriptor.
int LowestFree();

// Leaves no number free for another descriptor, or only so many, while it lives. A trial has a
// process of its own.
class FullTable {
 public:
  explicit FullTable(int room = 0);
  ~FullTable();
  FullTable(const FullTable&) = delete;

 private:
  unsigned long before_;
};

}  // namespace pidproof
