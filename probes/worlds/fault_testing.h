// For tests: bodies that run while a fault is active.
#pragma once

#include <chrono>
#include <functional>
#include <string>
#include <string_view>

#include "probes/system/isolate.h"
#include "probes/worlds/fault.h"

namespace pidproof {

// Runs body in a child while the fault is active; returns what body returns, or how it ended.
inline std::string Playing(std::string_view fault, const std::function<std::string()>& body) {
  std::string word;
  const Ended ended = Isolate(
      Isolation::kChild, std::chrono::seconds(60),
      [&](const FrameWriter& up) {
        Fault::Parse(fault).Play();
        up.Send('w', body());
      },
      [&](const Frame& frame) { word = frame.bytes; });
  return ended.how == Ended::kReturned ? word : "ended badly: " + ended.text;
}

}  // namespace pidproof
