// An event loop of epoll(7) that lives through many trials, and what it found.
#pragma once

#include <sys/epoll.h>

#include <cstdint>
#include <span>

#include "probes/fd.h"
#include "probes/require.h"
#include "probes/sys.h"

namespace pidproof {

// What calls of epoll_wait found: how many events, the bits of the last one, or an errno.
struct Found {
  int count = 0;
  std::uint32_t bits = 0;
  int error = 0;
};

// A descriptor that is closed is not watched any more.
class EventLoop {
 public:
  EventLoop() : set_(epoll_create1(EPOLL_CLOEXEC)) { Require(static_cast<bool>(set_)); }

  void Register(int fd, std::uint32_t events, int operation = EPOLL_CTL_ADD) const {
    epoll_event wanted{};
    wanted.events = events;
    Require(epoll_ctl(set_.get(), operation, fd, &wanted) == 0);
  }
  // One call of epoll_wait.
  Found Next(int timeout) const {
    epoll_event event{};
    const Result<int> count = sys::EpollWait(set_.get(), std::span(&event, 1), timeout);
    return count.ok() ? Found{*count, event.events, 0} : Found{0, 0, count.error()};
  }
  // All that is there, for events that are told once.
  Found Drain() const {
    constexpr int kMost = 4;
    Found all;
    for (int i = 0; i < kMost; ++i) {
      const Found one = Next(0);
      if (one.error != 0) return one;
      if (one.count == 0) break;
      all = {all.count + one.count, one.bits, 0};
    }
    return all;
  }

 private:
  Fd set_;
};

}  // namespace pidproof
