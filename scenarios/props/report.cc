#include "scenarios/props/report.h"

#include <errno.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include "probes/fd.h"
#include "probes/require.h"

namespace pidproof::report {

namespace {

Fd from;
Fd to;

}  // namespace

void Open() {
  constexpr int kHigh = 100;
  int ends[2];
  Require(pipe2(ends, O_CLOEXEC) == 0);
  from = Fd(ends[0]);
  const Fd low(ends[1]);
  // execve closes in the order of the numbers: the last one closed tells of all the others.
  to = Fd(fcntl(low.get(), F_DUPFD_CLOEXEC, kHigh));
  if (to.get() < kHigh) {
    throw Unsupported(fmt::format(
        "needs descriptors up to {}: raise the limit on open files (ulimit -n)", kHigh));
  }
}

void Say(std::int64_t value) {
  if (write(to.get(), &value, sizeof value) != sizeof value) _exit(125);
}

std::optional<std::int64_t> Hear() {
  to.reset();  // from here on only the body holds it
  std::int64_t value = 0;
  for (;;) {
    const ssize_t count = read(from.get(), &value, sizeof value);
    if (count < 0 && errno == EINTR) continue;
    if (count == 0) return std::nullopt;
    Require(count == sizeof value);
    return value;
  }
}

int HearInt() {
  const std::optional<std::int64_t> value = Hear();
  Require(value.has_value());
  return static_cast<int>(*value);
}

}  // namespace pidproof::report
