// Amounts on the command line. Each throws std::invalid_argument with one line that names the
// option, the value, and what it may be: for a number, its range.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "scenarios/arena/pid_placement.h"
#include "scenarios/loop/loop_config.h"

namespace pidproof::runner {

// From 1 ms to 1000 h.
std::chrono::milliseconds ParseDuration(std::string_view option, const std::string& text);

// 0 to 19, as nice(1).
int ParseNiceness(const std::string& text);

// A seed that is left out is drawn.
std::uint64_t ParseSeed(const std::string& text);

// How many scenarios or workers at once: where it is left out, as many as there are processors.
std::size_t ParseJobs(const std::string& text);

// Of a torture loop, from --for, --trials and --until; each may be left out. Where trials or a
// bound end the loop, time does so only if it is given too. Where none is given, a loop that has
// strong evidence leaves the rest of its time to others (Budget::enough).
scenarios::Budget ParseBudget(const std::string& time, const std::string& trials,
                              const std::string& until);

scenarios::PidMethod ParsePidMethod(const std::string& text);

}  // namespace pidproof::runner
