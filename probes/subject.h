#pragma once

#include <string>

#include "probes/child.h"

namespace pidproof {

// A child to try things on, and a pidfd of it, had by whichever way still works here: a probe of
// one call must not fall with another.
struct Subject {
  Child child;
  Fd pidfd;
  std::string via;  // empty for pidfd_open, the usual way; else a note that names the way

  // Finds out which way works, for this process and its forks. Make does so too, when it has not
  // been done.
  static void Prepare();

  // Throws Broken when no call here gives a pidfd.
  static Subject Make(Child::Body body);
};

}  // namespace pidproof
