#pragma once

#include <chrono>
#include <functional>
#include <optional>

#include "probes/system/isolate.h"

namespace pidproof {

// Reads frames until the end of the pipe and hands them to hear. Otherwise says why it stopped
// listening: the time has passed, StopIsolating was called, or what came cannot be read.
std::optional<Ended> Listen(int pipe, std::chrono::milliseconds time, DeadlineFrom from,
                            const std::function<void(const Frame&)>& hear);

}  // namespace pidproof
