#include "runner/conformance.h"

#include <algorithm>
#include <cstddef>

#include "runner/run_cell.h"
#include "runner/workers.h"

namespace pidproof::runner {

namespace {

CellRun NoPidsLeft() {
  CellRun run;
  run.lacks = "host PID budget used up (half of pid_max); --allow-pid-wrap lifts it";
  return run;
}

// Whether a cell has not been reached: another worker is still to run it, or an interrupt came
// first.
bool IsUndone(const CellRun& run) {
  return run.ended.how == Ended::kStopped ||
         (run.ended.how == Ended::kBroken && IsolatingIsStopped());
}

// The two cells of each scenario, from those of all jobs.
std::vector<CellRuns> Paired(const std::vector<CellRun>& cells) {
  std::vector<CellRuns> pairs;
  for (std::size_t job = 0; job < cells.size(); job += 2) {
    CellRuns pair{cells[job], cells[job + 1]};
    if (std::ranges::any_of(pair, IsUndone)) pair = {NotReached(), NotReached()};
    pairs.push_back(std::move(pair));
  }
  return pairs;
}

std::uint64_t HostPidsOfAll(const std::vector<CellRuns>& pairs) {
  std::uint64_t sum = 0;
  for (const CellRuns& pair : pairs) {
    for (const CellRun& run : pair) sum += IsUndone(run) ? 0 : HostPidsOf(run);
  }
  return sum;
}

}  // namespace

// They are short and do not disturb each other: as many run at once as there are workers.
std::vector<CellRuns> RunConformance(const RunPlan& plan,
                                     const std::vector<const scenarios::Scenario*>& order,
                                     HostPids& host_pids, Reporter& reporter,
                                     const KeepCells& keep) {
  Limits limits = plan.limits;
  limits.host_pids = HostPids::kPerConformanceCell;
  const std::size_t jobs = order.size() * 2;
  const WorkerPool pool{plan.options.jobs, jobs,
                        limits.deadline * static_cast<std::int64_t>(jobs + 1)};
  const auto run = [&](std::size_t job, std::size_t worker, const CellReport&) {
    if (job >= host_pids.ConformanceCells()) return NoPidsLeft();
    const scenarios::Scenario& scenario = *order[job / 2];
    const scenarios::Path path = scenarios::kPaths[job % 2];
    SayOnConsole(plan.options, scenario, path);
    Sandbox sandbox = plan.sandbox;
    sandbox.free_pids = FreePidsOfWorker(plan.sandbox.free_pids, worker, pool.workers);
    return RunCell(plan.world, plan.census, sandbox, scenario, path, limits);
  };
  const auto observe = [&](const std::vector<CellRun>& so_far) {
    if (!reporter.WantsToKeep()) return;
    const std::vector<CellRuns> pairs = Paired(so_far);
    keep(pairs, HostPidsOfAll(pairs));
  };
  std::vector<CellRuns> pairs = Paired(RunInWorkers(pool, run, observe));
  host_pids.Take(HostPidsOfAll(pairs));
  return pairs;
}

}  // namespace pidproof::runner
