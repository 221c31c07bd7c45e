#pragma once

#include <string>

#include "probes/system/child.h"

namespace pidproof {

// Ends and reaps, without kill(2), a child whose body exits once its gate opens, as body::AtGate
// does, unless it is reaped already.
void EndAtGate(Child& child);

// A child to try calls on, and a pidfd of it, from whichever call still works here: a probe of one
// call must not fail because of another.
struct ProbeTarget {
  ProbeTarget(Child child_made, Fd pidfd_of_it, std::string how);
  ProbeTarget(ProbeTarget&&) = default;
  // Ends the child without kill(2), which a filter may refuse.
  ~ProbeTarget();

  Child child;
  Fd pidfd;
  std::string via;  // empty for pidfd_open, the usual way; else a note that names the call

  // Finds out which way works, for this process and its forks. Make does so too where it has not
  // been done.
  static void Prepare();

  // Throws Broken when no call here gives a pidfd. The body exits once the gate opens.
  static ProbeTarget Make(Child::Body body);
};

}  // namespace pidproof
