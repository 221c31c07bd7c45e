// Amounts on the command line. Each throws std::invalid_argument with one line that names the
// option, what is wrong and the fix.
#pragma once

#include <cstdint>
#include <string>

#include "scenarios/arena/pid_placement.h"
#include "scenarios/loop/loop_config.h"

namespace pidproof::runner {

// A seed that is left out is drawn.
std::uint64_t ParseSeed(const std::string& text);

// Of a torture loop, from --for, --trials and --until; each may be left out. Where trials or a
// bound end the loop, time does so only if it is given too. Where none is given, a loop that has
// strong evidence leaves the rest of its time to others (Budget::enough).
scenarios::Budget ParseBudget(const std::string& time, const std::string& trials,
                              const std::string& until);

scenarios::PidMethod ParsePidMethod(const std::string& text);

}  // namespace pidproof::runner
