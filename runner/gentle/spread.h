// What keeps many machines from doing the same at the same moment, and one from feeling it.
#pragma once

#include <chrono>
#include <string_view>

namespace pidproof::runner::gentle {

// How long a host waits so that all hosts spread over that time: the same each time on one host.
// host: what tells hosts apart.
std::chrono::milliseconds DelayOf(std::string_view host, std::chrono::milliseconds spread);

// Waits that long by the names of this host, or until the run is interrupted
// (IsolatingIsStopped). Says on stderr how long, unless it is to be quiet.
void Spread(std::chrono::milliseconds spread, bool quiet);

// Makes this process, and what it will start, at least so nice: 0 to 19, as nice(1). Throws
// std::invalid_argument where that is refused.
void BeNice(int niceness);

}  // namespace pidproof::runner::gentle
