#include "scenarios/watch/strategy.h"

#include <errno.h>
#include <poll.h>
#include <time.h>

#include "probes/system/require.h"
#include "probes/system/sys.h"

namespace pidproof::scenarios::watch {

namespace {

std::int64_t Read(clockid_t clock) {
  timespec now{};
  clock_gettime(clock, &now);
  return now.tv_sec * std::int64_t{1'000'000'000} + now.tv_nsec;
}

}  // namespace

std::int64_t NowNs() { return Read(CLOCK_MONOTONIC); }
std::int64_t ThreadCpuNs() { return Read(CLOCK_THREAD_CPUTIME_ID); }

Fd Watcher::OpenPidfd(pid_t child) {
  Result<Fd> opened = sys::PidfdOpen(child, 0);
  if (opened.error() == EMFILE) throw Unsupported("needs a descriptor for each child");
  if (!opened.ok()) throw Unsupported("needs pidfd_open(2), 5.3");
  return std::move(*opened);
}

void Watcher::AwaitReadable(int descriptor) {
  constexpr int kTimeout = static_cast<int>(std::chrono::milliseconds(kPatience).count());
  for (;;) {
    const Result<short> polled = Counted(sys::Poll(descriptor, POLLIN, kTimeout));
    if (polled.ok()) return Require((*polled & POLLIN) != 0);
    Require(polled.error() == EINTR);
  }
}

}  // namespace pidproof::scenarios::watch
