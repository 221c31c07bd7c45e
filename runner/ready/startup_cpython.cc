// CPython 3.15.2.
#include <poll.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "probes/system/sys.h"
#include "runner/ready/startup.h"

namespace pidproof::runner::ready {
namespace {

// Lib/subprocess.py _can_use_pidfd_open, Lib/asyncio/unix_events.py can_use_pidfd.
bool OpensItself(const Walk& walk) {
  walk.Next("pidfd_open");
  return sys::PidfdOpen(getpid(), 0).ok();
}

// Lib/subprocess.py Popen._wait_pidfd, with a time-out of 20 seconds. It reaps by PID.
void Subprocess(const Walk& walk) {
  if (!OpensItself(walk)) return walk.End(Impact::kDegradedSilently);
  const pid_t child = ForkExiting();
  walk.Next("pidfd_open");
  const Result<Fd> pidfd = sys::PidfdOpen(child, 0);
  if (pidfd.ok()) {
    walk.Next("poll");
    if (!sys::Poll(pidfd->get(), POLLIN, 20'000).ok()) return walk.End(Impact::kBrokenLate);
  }
  ReapByPid(child);
  walk.End(pidfd.ok() ? Impact::kWorks : Impact::kDegradedSilently);
}

// Lib/asyncio/unix_events.py: subprocess, which it imports, has looked for itself before the loop
// looks and chooses _PidfdChildWatcher. It reaps by PID.
void Asyncio(const Walk& walk) {
  OpensItself(walk);
  if (!OpensItself(walk)) return walk.End(Impact::kDegradedSilently);
  const Watch watch;
  const pid_t child = ForkExiting();
  walk.Next("pidfd_open");
  const Result<Fd> pidfd = sys::PidfdOpen(child, 0);
  if (!pidfd.ok()) return walk.End(Impact::kBrokenLate);
  walk.Next("epoll");
  if (watch.Add(pidfd->get(), EPOLLIN) != 0) return walk.End(Impact::kBrokenLate);
  watch.Await();
  watch.Remove(pidfd->get());
  ReapByPid(child);
  walk.End(Impact::kWorks);
}

const Registered<Startup> kSubprocess{{"cpython-subprocess", Subprocess}};
const Registered<Startup> kAsyncio{{"cpython-asyncio", Asyncio}};

}  // namespace
}  // namespace pidproof::runner::ready
