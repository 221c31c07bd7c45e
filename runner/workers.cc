#include "runner/workers.h"

#include <fmt/format.h>

#include <algorithm>
#include <mutex>
#include <string>
#include <system_error>
#include <thread>
#include <tuple>
#include <utility>

#include "probes/system/errno_name.h"
#include "probes/system/frame.h"
#include "probes/system/thread_calls.h"

namespace pidproof::runner {

namespace {

constexpr char kSoFar = 's';
constexpr char kDone = 'd';

// work(0) to work(count - 1): the first on this thread, each other on one of its own. Where no
// thread can be made, or none would end, one after the other.
void OnThreads(std::size_t count, const std::function<void(std::size_t)>& work) {
  std::vector<std::jthread> threads;
  const bool may_begin = count > 1 && RefusalOfThreads().empty();
  try {
    while (may_begin && threads.size() + 1 < count) threads.emplace_back(work, threads.size() + 1);
  } catch (const std::system_error&) {  // the rest is this thread's
  }
  const std::size_t begun = threads.size();
  work(0);
  for (std::size_t place = begun + 1; place < count; ++place) work(place);
}

// How a job ended that its worker did not come to.
Ended OfUndone(const Ended& worker) {
  if (worker.how == Ended::kStopped) return worker;
  const bool named = worker.how == Ended::kNotStarted || worker.how == Ended::kBroken;
  const std::string why = named && worker.number != 0 ? ": " + ErrnoName(worker.number) : "";
  return {Ended::kBroken, named ? worker.number : 0, "its worker ended before it" + why};
}

// What the workers have reported.
class Board {
 public:
  Board(std::size_t jobs, const std::function<void(const std::vector<CellRun>&)>& observe)
      : observe_(observe), cells_(jobs, NotReached()), states_(jobs, kNotReached) {}

  void Take(const Frame& frame) {
    if (frame.kind != kSoFar && frame.kind != kDone) return;
    auto [job, cell] = ValueOf<std::tuple<std::size_t, CellRun>>(frame);
    if (job >= cells_.size()) throw MalformedFrame();
    const std::lock_guard lock(mutex_);
    cells_[job] = std::move(cell);
    states_[job] = frame.kind == kDone ? kReturned : kReported;
    if (observe_) observe_(cells_);
  }

  void WorkerEnded(std::size_t worker, std::size_t workers, const Ended& ended) {
    const std::lock_guard lock(mutex_);
    for (std::size_t job = worker; job < cells_.size(); job += workers) {
      if (states_[job] == kReported) cells_[job].ended = ended;
      if (states_[job] == kNotReached) cells_[job].ended = OfUndone(ended);
    }
  }

  std::vector<CellRun> TakeCells() { return std::move(cells_); }

 private:
  enum State { kNotReached, kReported, kReturned };
  const std::function<void(const std::vector<CellRun>&)>& observe_;
  std::mutex mutex_;
  std::vector<CellRun> cells_;
  std::vector<State> states_;
};

}  // namespace

std::vector<CellRun> RunInWorkers(const WorkerPool& pool,
                                  const std::function<CellRun(std::size_t job, std::size_t worker,
                                                              const CellReport& report)>& run,
                                  const std::function<void(const std::vector<CellRun>&)>& observe) {
  const std::size_t workers = std::max<std::size_t>(1, std::min(pool.workers, pool.jobs));
  Board board(pool.jobs, observe);
  const auto run_jobs = [&](std::size_t worker, const FrameWriter& up) {
    for (std::size_t job = worker; job < pool.jobs; job += workers) {
      const auto report = [&](const CellRun& so_far) { SendValues(up, kSoFar, job, so_far); };
      SendValues(up, kDone, job, run(job, worker, report));
    }
  };
  // A thread for each worker only listens. The worker is a process with one thread: a PID namespace
  // is made by a plain clone, after which the locks of other threads would be held for ever.
  OnThreads(workers, [&](std::size_t worker) {
    const Ended ended = Isolate(
        Isolation::kChild, pool.deadline, [&](const FrameWriter& up) { run_jobs(worker, up); },
        [&](const Frame& frame) { board.Take(frame); }, pool.deadline_from);
    board.WorkerEnded(worker, workers, ended);
  });
  return board.TakeCells();
}

}  // namespace pidproof::runner
