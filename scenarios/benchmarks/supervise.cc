// How many workers a supervisor restarts, and what it does wrong meanwhile.
#include "scenarios/supervise/supervise.h"

#include <fmt/format.h>

#include <optional>
#include <utility>

#include "probes/registry.h"
#include "probes/system/isolate.h"
#include "probes/system/require.h"
#include "scenarios/benchmarks/host_pids.h"
#include "scenarios/benchmarks/row.h"
#include "scenarios/handle.h"

namespace pidproof::scenarios::benchmarks::supervise_rows {
namespace {

using supervise::Record;
using supervise::Work;

// Of programs that restart what they run.
constexpr std::string_view kStrategies[] = {"epoll_pidfd", "sigchld_waitpid_any",
                                            "sigchld_waitpid_each"};
constexpr std::size_t kSizes[] = {10, 100};

// In a process that has no other children.
Record SuperviseApart(const Work& work) {
  std::optional<Record> record;
  const Ended ended = Isolate(
      Isolation::kChild, std::chrono::minutes(2),
      [&](const FrameWriter& up) {
        Arena arena = RowArena();
        std::mt19937 random(std::random_device{}());
        up.Send('r', Encoded(Supervise(work, arena, random)));
      },
      [&](const Frame& frame) { record = Decoded<Record>(frame.bytes); });
  if (ended.how == Ended::kUnsupported) throw Unsupported(ended.text);
  if (!record) throw Broken(ended.text.empty() ? "the supervisor has ended" : ended.text);
  return *record;
}

void Measure(benchmark::State& state, const Work& work, HostPidClaim claim) {
  if (!HasOwnNamespace()) {
    throw Unsupported("needs a PID namespace of its own, which is refused here");
  }
  const std::string missing = MissingFor(claim);
  if (!missing.empty()) throw Unsupported(missing);
  for (auto _ : state) {
    const Record record = SuperviseApart(work);
    const auto restarts = static_cast<double>(work.restarts);
    state.SetIterationTime(static_cast<double>(record.elapsed_ns) / restarts / 1e9);
    state.counters["cpu_ns"] = static_cast<double>(record.cpu_ns) / restarts;
    state.counters["stops"] = static_cast<double>(record.stops);
    state.counters["lost"] = static_cast<double>(record.lost);
    state.counters["doubled"] = static_cast<double>(record.doubled);
    if (record.same_pids) {
      state.counters["misdirected"] = static_cast<double>(record.misdirected);
    }
  }
}

void AddRows(Amount amount) {
  for (const std::size_t workers : kSizes) {
    if (amount == Amount::kQuick && workers != 100) continue;
    const pid_t first_slot = TakeSlots(workers);
    for (const std::string_view name : kStrategies) {
      const auto* const strategy = Registered<watch::Strategy>::Find(name);
      const Work work{.strategy = strategy,
                      .workers = workers,
                      .first_slot = first_slot,
                      .restarts = amount == Amount::kQuick ? 200U : 500U};
      const HostPidClaim claim = ClaimHostPids(work.restarts * kUsualRepetitions, true);
      Register(
          RowName("supervise", {{"workers", fmt::format("{}", workers)},
                                {"strategy", std::string(name)},
                                {"path", std::string(Word(strategy->path))}}),
          fmt::format("{}; workers that crash are restarted with the PID that became free, while "
                      "a thread stops others by {}",
                      strategy->mechanism,
                      Handle::NeedsPidfdAtSpawn(strategy->path) ? "pidfd" : "PID"),
          [work, claim](benchmark::State& state) { Measure(state, work, claim); })
          ->UseManualTime()
          ->Iterations(1);
    }
  }
}

// Its name puts its claims behind those of rows that make fewer processes.
const Registered<RowSource> kRows{{.name = "workers", .add = AddRows}};

}  // namespace
}  // namespace pidproof::scenarios::benchmarks::supervise_rows
