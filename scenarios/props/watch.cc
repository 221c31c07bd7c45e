#include "scenarios/props/watch.h"

#include <errno.h>
#include <sys/epoll.h>

#include "probes/require.h"

namespace pidproof {

Watch::Watch(int fd, std::uint32_t events) : set_(epoll_create1(EPOLL_CLOEXEC)), fd_(fd) {
  Require(static_cast<bool>(set_));
  Register(EPOLL_CTL_ADD, events);
}

void Watch::Rearm(std::uint32_t events) const { Register(EPOLL_CTL_MOD, events); }

Outcome Watch::Next() const {
  epoll_event event{};
  const int count = epoll_wait(set_.get(), &event, 1, 0);
  if (count < 0) return Outcome::Of(errno);
  if (count == 0) return "none";
  switch (event.events) {
    case EPOLLIN:
      return "in";
    case EPOLLIN | EPOLLHUP:
      return "in_hup";
    case EPOLLHUP:
      return "hup";
    default:
      return "other_bits";
  }
}

void Watch::Register(int operation, std::uint32_t events) const {
  epoll_event wanted{};
  wanted.events = events;
  Require(epoll_ctl(set_.get(), operation, fd_, &wanted) == 0);
}

}  // namespace pidproof
