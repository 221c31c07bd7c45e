#include "runner/lanes.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <nlohmann/json.hpp>
#include <thread>

#include "probes/isolate.h"

namespace pidproof {

namespace {

using Json = nlohmann::json;

constexpr char kColumn = 'c';

std::string PackJob(std::size_t job, const Column& column) {
  std::string bytes(reinterpret_cast<const char*>(&job), sizeof job);
  return bytes + Pack(column);
}

}  // namespace

std::string Pack(const Column& column) {
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

Column Unpack(std::string_view bytes) {
  const Json json = Json::parse(bytes);
  Column column;
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

std::vector<Column> RunInLanes(
    std::size_t lanes, std::size_t count, std::chrono::milliseconds deadline,
    const std::function<Column(std::size_t job, std::size_t lane)>& run) {
  Column undone;
  undone.ended = {Ended::kBroken, 0, "its lane ended before it"};
  std::vector<Column> columns(count, undone);
  lanes = std::max<std::size_t>(1, std::min(lanes, count));
  const auto work = [&](std::size_t lane) {
    Isolate(
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
          if (job < count) columns[job] = Unpack(frame.bytes.substr(sizeof job));
        });
  };
  // A thread a lane only listens: each lane is a process of its own, with one thread.
  std::vector<std::thread> listeners;
  for (std::size_t lane = 1; lane < lanes; ++lane) listeners.emplace_back(work, lane);
  work(0);
  for (std::thread& listener : listeners) listener.join();
  return columns;
}

}  // namespace pidproof
