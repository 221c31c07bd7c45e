#include "runner/workers.h"

#include <fmt/format.h>

#include <algorithm>
#include <mutex>
#include <tuple>
#include <utility>

#include "probes/system/errno_name.h"
#include "probes/system/frame.h"
#include "probes/system/isolate.h"
#include "runner/on_threads.h"

namespace pidproof {

namespace {

constexpr char kColumn = 'c';

// What became of a job that its lane did not come to.
Ended OfUndone(const Ended& lane) {
  if (lane.how == Ended::kStopped) return lane;
  const bool named = lane.how == Ended::kNotStarted || lane.how == Ended::kBroken;
  const std::string why = named && lane.number != 0 ? ": " + ErrnoName(lane.number) : "";
  return {Ended::kBroken, named ? lane.number : 0, "its lane ended before it" + why};
}

}  // namespace

std::vector<CellRun> RunInWorkers(
    std::size_t lanes, std::size_t count, std::chrono::milliseconds deadline,
    const std::function<CellRun(std::size_t job, std::size_t lane)>& run,
    const std::function<void(const std::vector<CellRun>&)>& told) {
  CellRun unreached;
  unreached.ended.how = Ended::kStopped;
  std::vector<CellRun> columns(count, unreached);
  std::mutex telling;  // over the columns
  std::vector<bool> done(count, false);
  lanes = std::max<std::size_t>(1, std::min(lanes, count));
  const auto go = [&](std::size_t lane) {
    return Isolate(
        Isolation::kChild, deadline,
        [&](const FrameWriter& up) {
          for (std::size_t job = lane; job < count; job += lanes) {
            SendValues(up, kColumn, job, run(job, lane));
          }
        },
        [&](const Frame& frame) {
          if (frame.kind != kColumn) return;
          auto [job, column] = ValueOf<std::tuple<std::size_t, CellRun>>(frame);
          if (job >= count) throw MalformedFrame();
          const std::lock_guard lock(telling);
          columns[job] = std::move(column);
          done[job] = true;
          told(columns);
        });
  };
  const auto work = [&](std::size_t lane) {
    const Ended ended = go(lane);
    const std::lock_guard lock(telling);
    for (std::size_t job = lane; job < count; job += lanes) {
      if (!done[job]) columns[job].ended = OfUndone(ended);
    }
  };
  // A thread a lane only listens: each lane is a process of its own, with one thread.
  OnThreads(lanes, work);
  return columns;
}

}  // namespace pidproof
