#pragma once

#include <atomic>
#include <cstdint>

#include "probes/fd.h"

namespace pidproof {

// An eventfd(2) at which scripted children wait, trial after trial.
class Gate {
 public:
  Gate();
  void Open() const;
  // Takes back what nobody came to take.
  void Shut() const;
  int fd() const { return eventfd_.get(); }

 private:
  Fd eventfd_;
};

// Returns once the kernel has written 0 there, of which nothing else tells.
void AwaitCleared(const std::atomic<int>& left);

}  // namespace pidproof
