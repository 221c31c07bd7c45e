#pragma once

#include <cstdint>

#include "probes/fd.h"

namespace pidproof {

// By which a child tells its trial that it has come so far, and one number with it. Made before the
// child is, and rung once.
class Bell {
 public:
  Bell();
  void Ring(std::uint32_t number = 0) const;
  // Waits for the ring; the number.
  std::uint32_t Await() const;

 private:
  Fd counter_;
};

}  // namespace pidproof
