#include "scenarios/props/gate.h"

#include <poll.h>
#include <sched.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "probes/require.h"
#include "probes/sys.h"

namespace pidproof {

Gate::Gate() : eventfd_(eventfd(0, EFD_CLOEXEC)) { Require(static_cast<bool>(eventfd_)); }

void Gate::Open() const {
  const std::uint64_t one = 1;
  Require(write(eventfd_.get(), &one, sizeof one) == sizeof one);
}

void Gate::Shut() const {
  if (Require(sys::Poll(eventfd_.get(), POLLIN, 0)) == 0) return;
  std::uint64_t opened = 0;
  Require(read(eventfd_.get(), &opened, sizeof opened) == sizeof opened);
}

void AwaitCleared(const std::atomic<int>& left) {
  while (left != 0) sched_yield();
}

}  // namespace pidproof
