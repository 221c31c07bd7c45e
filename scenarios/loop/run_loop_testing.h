// For tests: runs a torture loop and collects its tally.
#pragma once

#include <gtest/gtest.h>

#include <functional>

#include "scenarios/arena/arena_testing.h"
#include "scenarios/loop/tally.h"
#include "scenarios/loop/trial_loop.h"

namespace pidproof::scenarios {

// The tally of a loop that ran with this config.
inline Tally RunLoop(LoopConfig config, const std::function<void(TrialLoop&)>& loop,
                     const char* end = "") {
  const SharedFlightRecorder flight;
  config.flight = &*flight;
  Tally tally;
  EXPECT_EQ(RunInFirstPidNamespace(
                [&](const FrameWriter& up, Isolation isolation) {
                  const Arena arena(isolation, {{}, 10});
                  TrialLoop trials(up, arena, config);
                  loop(trials);
                },
                [&](const Frame& frame) { tally.Hear(frame); }),
            end);
  return tally;
}

}  // namespace pidproof::scenarios
