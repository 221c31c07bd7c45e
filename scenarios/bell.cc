#include "scenarios/bell.h"

#include <errno.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "probes/require.h"

namespace pidproof {

Bell::Bell() : counter_(eventfd(0, EFD_CLOEXEC)) { Require(static_cast<bool>(counter_)); }

void Bell::Ring(std::uint32_t number) const {
  const std::uint64_t count = std::uint64_t{number} + 1;
  Require(write(counter_.get(), &count, sizeof count) == sizeof count);
}

std::uint32_t Bell::Await() const {
  std::uint64_t count = 0;
  ssize_t got = 0;
  do {
    got = read(counter_.get(), &count, sizeof count);
  } while (got < 0 && errno == EINTR);
  Require(got == sizeof count);
  return static_cast<std::uint32_t>(count - 1);
}

}  // namespace pidproof
