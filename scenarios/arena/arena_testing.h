// For tests: runs a body as a trial, in an arena of its own.
#pragma once

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <chrono>
#include <functional>
#include <string>

#include "probes/system/errno_name.h"
#include "probes/system/isolate.h"
#include "scenarios/arena/arena.h"

namespace pidproof::scenarios {

// Runs body in a PID namespace of our own, made with privilege and made in a user namespace. A body
// reports what does not hold by Require or by throwing. Where no namespace can be made, or every
// one throws Unsupported, the calling test is skipped: it must be the last statement.
inline void RunInArena(const std::function<void(Arena&)>& body) {
  std::string refusals;
  bool ran = false;
  for (const Isolation isolation : {Isolation::kNamespace, Isolation::kUserNamespace}) {
    const Ended ended = Isolate(
        isolation, std::chrono::seconds(60),
        [&](const FrameWriter&) {
          Arena arena(isolation, {{}, 1000});
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

}  // namespace pidproof::scenarios
