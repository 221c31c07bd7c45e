// The labels of a supervisor's counters, process_control_path, signal_result and wait_result, as
// far as they follow from outcomes: what a caller has seen, not whether it was right. A kill(2)
// that hits the new owner of a PID counts as "ok", as it does in such a counter.
#pragma once

#include <cstdint>
#include <map>
#include <string>

namespace pidproof::reports {

// How often the outcomes of a scenario that asks by a signal show each of kSignalResults. Outcomes
// that show none ("einval", "not_signalled") are not counted.
std::map<std::string, std::uint64_t> SignalResults(
    const std::map<std::string, std::uint64_t>& outcomes);

// The same of a scenario that asks by a wait, for kWaitResults.
std::map<std::string, std::uint64_t> WaitResults(
    const std::map<std::string, std::uint64_t>& outcomes);

}  // namespace pidproof::reports
