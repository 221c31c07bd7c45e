// Bodies that run while a fault is made.
#pragma once

#include <chrono>
#include <functional>
#include <string>
#include <string_view>

#include "probes/system/isolate.h"
#include "probes/worlds/fault.h"

namespace pidproof {

// Makes the fault in a process apart, where body runs; the word that body returns, or how it ended.
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
