// For tests: what is heard of a torture loop.
#pragma once

#include <gtest/gtest.h>

#include <functional>

#include "scenarios/inside.h"
#include "scenarios/scribe.h"
#include "scenarios/tally.h"

namespace pidproof {

// What is heard of a loop that was given those orders.
inline Tally Heard(Orders orders, const std::function<void(Scribe&)>& loop, const char* end = "") {
  const SharedFlight flight;
  orders.flight = &*flight;
  Tally tally;
  EXPECT_EQ(Inside(
                [&](const FrameWriter& up, Isolation way) {
                  const Arena arena(way, {{}, 10});
                  Scribe scribe(up, arena, orders);
                  loop(scribe);
                },
                [&](const Frame& frame) { tally.Hear(frame); }),
            end);
  return tally;
}

}  // namespace pidproof
