#include "runner/workers.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <mutex>
#include <nlohmann/json.hpp>
#include <utility>

#include "probes/system/errno_name.h"
#include "probes/system/isolate.h"
#include "runner/on_threads.h"

namespace pidproof {

namespace {

using Json = nlohmann::json;

constexpr char kColumn = 'c';

std::string PackJob(std::size_t job, const CellRun& column) {
  std::string bytes(reinterpret_cast<const char*>(&job), sizeof job);
  return bytes + Pack(column);
}

// What became of a job that its lane did not come to.
Ended OfUndone(const Ended& lane) {
  if (lane.how == Ended::kStopped) return lane;
  const bool named = lane.how == Ended::kNotStarted || lane.how == Ended::kBroken;
  const std::string why = named && lane.number != 0 ? ": " + ErrnoName(lane.number) : "";
  return {Ended::kBroken, named ? lane.number : 0, "its lane ended before it" + why};
}

}  // namespace

std::string Pack(const CellRun& column) {
  const Json json = {{"lacks", column.lacks},
                     {"missing", column.missing},
                     {"how", static_cast<int>(column.ended.how)},
                     {"number", column.ended.number},
                     {"text", column.ended.text},
                     {"trials", column.tally.trials},
                     {"opportunities", column.tally.opportunities},
                     {"outcomes", column.tally.outcomes},
                     {"outer_used", column.tally.outer_used}};
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

CellRun Unpack(std::string_view bytes) {
  const Json json = Json::parse(bytes);
  CellRun column;
  column.lacks = json.at("lacks");
  column.missing = json.at("missing");
  column.ended.how = static_cast<Ended::How>(json.at("how").get<int>());
  column.ended.number = json.at("number");
  column.ended.text = json.at("text");
  column.tally.trials = json.at("trials");
  column.tally.opportunities = json.at("opportunities");
  column.tally.outcomes = json.at("outcomes").get<std::map<std::string, std::uint64_t>>();
  column.tally.outer_used = json.at("outer_used");
  return column;
}

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
            up.Send(kColumn, PackJob(job, run(job, lane)));
          }
        },
        [&](const Frame& frame) {
          std::size_t job = count;
          if (frame.kind != kColumn || frame.bytes.size() < sizeof job) return;
          std::memcpy(&job, frame.bytes.data(), sizeof job);
          if (job >= count) return;
          CellRun column = Unpack(frame.bytes.substr(sizeof job));
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
