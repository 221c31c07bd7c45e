// For tests: runs a body in a PID namespace of our own.
#pragma once

#include <chrono>
#include <functional>
#include <string>

#include "probes/system/isolate.h"

namespace pidproof::scenarios {

// Runs body in a PID namespace of our own, made with privilege or in a user namespace. Returns "",
// or why it did not return normally.
inline std::string RunInPidNamespace(
    const std::function<void(const FrameWriter&, Isolation)>& body,
    const std::function<void(const Frame&)>& on_frame = [](const Frame&) {}) {
  for (const Isolation isolation : {Isolation::kNamespace, Isolation::kUserNamespace}) {
    const Ended ended = Isolate(
        isolation, std::chrono::seconds(60), [&](const FrameWriter& up) { body(up, isolation); },
        on_frame);
    if (ended.how == Ended::kNotStarted) continue;
    return ended.how == Ended::kReturned ? "" : "ended badly: " + ended.text;
  }
  return "no namespace here";
}

}  // namespace pidproof::scenarios
