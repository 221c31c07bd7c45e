#pragma once

#include <chrono>
#include <functional>
#include <optional>

#include "probes/system/isolate.h"

namespace pidproof {

// Reads frames until the end of the pipe and passes them to on_frame. Returns why it stopped
// before: the deadline passed, StopIsolating was called, or a frame was malformed.
std::optional<Ended> Listen(int pipe, std::chrono::milliseconds time, DeadlineFrom from,
                            const std::function<void(const Frame&)>& on_frame);

}  // namespace pidproof
