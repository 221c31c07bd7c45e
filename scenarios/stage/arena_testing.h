// For tests: a body run as a trial is, in an arena of its own.
#pragma once

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <chrono>
#include <functional>
#include <string>

#include "probes/system/errno_name.h"
#include "probes/system/isolate.h"
#include "scenarios/stage/arena.h"

namespace pidproof {

// Runs body in a PID namespace of our own by each way to one, with privilege and in a user
// namespace. What does not hold there, body says by Require or by throwing. Where there is no way,
// or all that there are cannot set the stage (Unsupported), the calling test is skipped: nothing
// may follow in it.
inline void RunInArena(const std::function<void(Arena&)>& body) {
  std::string refusals;
  bool ran = false;
  for (const Isolation way : {Isolation::kNamespace, Isolation::kUserNamespace}) {
    const Ended ended = Isolate(
        way, std::chrono::seconds(60),
        [&](const FrameWriter&) {
          Arena arena(way, {{}, 1000});
          body(arena);
        },
        [](const Frame&) {});
    if (ended.how == Ended::kNotStarted) {
      refusals += fmt::format("no PID namespace: {} ({}); ", ended.text, ErrnoName(ended.number));
      continue;
    }
    if (ended.how == Ended::kUnsupported) {
      refusals += ended.text + "; ";
      continue;
    }
    ran = true;
    EXPECT_EQ(ended.how, Ended::kReturned) << ended.text << " (" << ended.number << ")";
  }
  if (!ran) GTEST_SKIP() << refusals;
}

}  // namespace pidproof
