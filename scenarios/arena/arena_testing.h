// For tests: run a body as a trial, the second process of a PID namespace of our own.
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

// The two ways to make such a namespace: with privilege, and in a user namespace.
inline constexpr Isolation kOwnPidNamespaces[] = {Isolation::kNamespace, Isolation::kUserNamespace};

using TrialBody = std::function<void(const FrameWriter& up, Isolation isolation)>;
using OnFrame = std::function<void(const Frame&)>;

inline Ended RunAsTrial(Isolation isolation, const TrialBody& body, const OnFrame& on_frame) {
  return Isolate(
      isolation, std::chrono::seconds(60), [&](const FrameWriter& up) { body(up, isolation); },
      on_frame);
}

// Runs body once, in the first namespace that can be made: for tests that count what it sends up,
// or that hold only with privilege. Returns "", or why it did not return normally.
inline std::string RunInFirstPidNamespace(
    const TrialBody& body, const OnFrame& on_frame = [](const Frame&) {}) {
  for (const Isolation isolation : kOwnPidNamespaces) {
    const Ended ended = RunAsTrial(isolation, body, on_frame);
    if (ended.how == Ended::kNotStarted) continue;
    return ended.how == Ended::kReturned ? "" : "ended badly: " + ended.text;
  }
  return "no namespace here";
}

// Runs body in an arena in each of the two. A body reports what does not hold by Require or by
// throwing. Where no namespace can be made, or every one throws Unsupported, the calling test is
// skipped: it must be the last statement.
inline void RunInArena(const std::function<void(Arena&)>& body,
                       const HostPidShare& host_pids = {{}, 1000}) {
  std::string refusals;
  bool ran = false;
  for (const Isolation isolation : kOwnPidNamespaces) {
    const Ended ended = RunAsTrial(
        isolation,
        [&](const FrameWriter&, Isolation) {
          Arena arena(isolation, host_pids);
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
