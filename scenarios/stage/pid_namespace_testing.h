// For tests: a body run in a namespace of our own.
#pragma once

#include <chrono>
#include <functional>
#include <string>

#include "probes/system/isolate.h"

namespace pidproof {

// Runs body in a pid namespace of our own, whichever way there is to one, and returns how it ended
// badly, or "".
inline std::string RunInPidNamespace(
    const std::function<void(const FrameWriter&, Isolation)>& body,
    const std::function<void(const Frame&)>& hear = [](const Frame&) {}) {
  for (const Isolation way : {Isolation::kNamespace, Isolation::kUserNamespace}) {
    const Ended ended = Isolate(
        way, std::chrono::seconds(60), [&](const FrameWriter& up) { body(up, way); }, hear);
    if (ended.how == Ended::kNotStarted) continue;
    return ended.how == Ended::kReturned ? "" : "ended badly: " + ended.text;
  }
  return "no namespace here";
}

}  // namespace pidproof
