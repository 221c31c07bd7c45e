#pragma once

#include <cstdint>

#include "probes/fd.h"
#include "scenarios/outcome.h"

namespace pidproof {

// An epoll(7) instance that watches one descriptor.
class Watch {
 public:
  Watch(int fd, std::uint32_t events);
  void Rearm(std::uint32_t events) const;
  // What has come in by now: "in", "in_hup", "hup", "other_bits"; "none" when there is nothing.
  Outcome Next() const;

 private:
  void Register(int operation, std::uint32_t events) const;
  Fd set_;
  int fd_;
};

}  // namespace pidproof
