#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <vector>

#include "probes/system/isolate.h"
#include "runner/cell_run.h"

namespace pidproof::runner {

// Processes that share out jobs, each of which runs a cell: worker w runs the jobs w, w + workers,
// w + 2 * workers and so on.
struct WorkerPool {
  std::size_t workers;                 // at least one, and no more than jobs, is made
  std::size_t jobs;                    // 0, 1, ... jobs - 1
  std::chrono::milliseconds deadline;  // for each worker, not for each job
  DeadlineFrom deadline_from = DeadlineFrom::kStart;
};

// Called with a cell as it stands while its trials run.
using CellReport = std::function<void(const CellRun& so_far)>;

// Runs all jobs and returns their cells in the order of the jobs. run is called in the worker, and
// may report how far it is. observe, where there is one, is called with all cells as they stand,
// one call at a time, whenever a job has reported or is done; those not reached have ended as
// stopped. When a worker dies, the job that has reported reads as the worker's end, and those that
// have not read as broken.
std::vector<CellRun> RunInWorkers(
    const WorkerPool& pool,
    const std::function<CellRun(std::size_t job, std::size_t worker, const CellReport& report)>&
        run,
    const std::function<void(const std::vector<CellRun>&)>& observe = {});

}  // namespace pidproof::runner
