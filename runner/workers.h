#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <vector>

#include "runner/judge.h"

namespace pidproof {

// Runs the jobs 0, 1, ... count - 1 shared out among that many processes at once (at least one),
// and returns their columns in the order of the jobs. run is told the job and its lane. What a lane
// that dies has not done reads as broken. deadline: for a whole lane. told hears of all columns,
// one call at a time, whenever one more is done; those not reached so far have ended as stopped.
std::vector<CellRun> RunInWorkers(
    std::size_t lanes, std::size_t count, std::chrono::milliseconds deadline,
    const std::function<CellRun(std::size_t job, std::size_t lane)>& run,
    const std::function<void(const std::vector<CellRun>&)>& told);

}  // namespace pidproof
