// What it costs to watch children, by the strategies of real programs.
#include <benchmark/benchmark.h>
#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <span>
#include <string>
#include <vector>

#include "probes/system/require.h"
#include "scenarios/benchmarks/host_pids.h"
#include "scenarios/benchmarks/row.h"
#include "scenarios/watch/histogram.h"
#include "scenarios/watch/stage.h"

namespace pidproof::scenarios::benchmarks::watch_rows {
namespace {

using watch::Figures;
using watch::Load;
using watch::Stage;
using watch::Strategy;

constexpr std::size_t kSizes[] = {1, 10, 100, 1'000, 10'000};
constexpr std::size_t kQuickSizes[] = {1, 100, 1'000};

// A row of the table.
struct Cell {
  watch::Order order;
  std::size_t children = 0;
  Amount amount = Amount::kFull;
  pid_t first_slot = 0;          // of its crowd
  HostPidClaim crowd_claim = 0;  // for those that live
  HostPidClaim claim = 0;        // for those that die
};

// The crowds live as long as the rows are run, and are made when a row needs one.
std::map<std::size_t, Stage>& Stages() {
  static std::map<std::size_t, Stage> stages;
  return stages;
}

Stage& StageFor(const Cell& cell) {
  static Arena arena = RowArena();
  return Stages().try_emplace(cell.children, arena, cell.children, cell.first_slot).first->second;
}

// The deaths of one repetition. Where the load is closed they are as many whatever the number of
// children, for the first ones find nothing in the caches.
std::size_t EventsOf(const Strategy& strategy, Load load, std::size_t children) {
  if (load == Load::kBurst) return children;
  if (strategy.period.count() != 0) return children >= 10'000 ? 2 : children >= 1'000 ? 4 : 8;
  return load == Load::kOpen || (load == Load::kMixed && children >= 10'000) ? 10 : 20;
}

// How a cost grows is seen best where children die one at a time on another processor: there most
// are measured. Otherwise a run takes more than a minute.
std::size_t MostInAMinute(const watch::Order& order) {
  if (order.placement == watch::Placement::kAcross) return order.strategy->most_children;
  constexpr std::size_t kMost = 1'000;
  return std::min(order.strategy->most_otherwise, kMost);
}

// Empty where it can be measured.
std::string MissingForRow(const Cell& cell) {
  const Strategy& strategy = *cell.order.strategy;
  // A strategy reaps, and where a row breaks off its PIDs may be another program's by then.
  if (!HasOwnNamespace()) return "needs a PID namespace of its own, which is refused here";
  // Other programs of the machine need PIDs too.
  constexpr std::size_t kOneIn = 3;
  if (cell.children * kOneIn > OuterPidMax()) {
    return fmt::format("needs kernel.pid_max of {} or more", cell.children * kOneIn);
  }
  if (cell.children > strategy.most_children) {
    return fmt::format("needs more than the {} children that this strategy is measured with",
                       strategy.most_children);
  }
  if (cell.amount != Amount::kAll && cell.children > MostInAMinute(cell.order)) {
    return "needs minutes: --all";
  }
  if (strategy.reads_proc && !HasOwnProc()) {
    return "needs a /proc of the PID namespace, which cannot be mounted here";
  }
  const std::string missing = MissingFor(cell.crowd_claim);
  return missing.empty() ? MissingFor(cell.claim) : missing;
}

void Publish(benchmark::State& state, const watch::Order& order, std::size_t children,
             Figures figures) {
  std::vector<std::int64_t>& latencies = figures.latencies_ns;
  std::sort(latencies.begin(), latencies.end());
  const auto quantile = [&](double share) {
    return static_cast<double>(watch::Quantile(latencies, share));
  };
  const auto events = static_cast<double>(latencies.size());
  state.SetLabel(
      fmt::format("{}; histogram {}", order.strategy->mechanism, watch::HistogramText(latencies)));
  // A burst is over with its last status.
  state.SetIterationTime(quantile(order.load == Load::kBurst ? 1 : 0.5) / 1e9);
  state.counters["p50"] = quantile(0.5);
  state.counters["p90"] = quantile(0.9);
  state.counters["p99"] = quantile(0.99);
  state.counters["p999"] = quantile(0.999);
  state.counters["max"] = quantile(1);
  state.counters["cpu_ns"] = static_cast<double>(figures.cpu_ns) / events;
  state.counters["calls"] = static_cast<double>(figures.calls) / events;
  state.counters["events"] = events;
  // The same whatever the load.
  if (order.load != Load::kClosed) return;
  state.counters["descriptors"] = figures.descriptors;
  // With a few children it is what the first of them needs.
  if (figures.memory && children >= 100) state.counters["memory"] = *figures.memory;
}

void MeasureRow(benchmark::State& state, const Cell& cell) {
  const std::string missing = MissingForRow(cell);
  if (!missing.empty()) throw Unsupported(missing);
  for (auto _ : state) {
    const Stage::Answer answer = StageFor(cell).Measure(cell.order);
    if (answer.broken) Stages().erase(cell.children);
    if (answer.broken) throw Broken(answer.reason);
    if (!answer.figures) throw Unsupported(answer.reason);
    Publish(state, cell.order, cell.children, *answer.figures);
  }
}

void AddRow(const Strategy& strategy, Load load, watch::Placement placement, Cell cell) {
  Keys keys{{"load", std::string(watch::Word(load))}};
  if (placement != watch::Placement::kAny) keys.emplace_back("cpu", watch::Word(placement));
  keys.emplace_back("children", fmt::format("{}", cell.children));
  keys.emplace_back("strategy", strategy.name);
  keys.emplace_back("path", scenarios::Word(strategy.path));
  const std::size_t events = EventsOf(strategy, load, cell.children);
  cell.order = {&strategy, load, placement, events};
  cell.claim = ClaimHostPids(events * kUsualRepetitions, true);
  Register(RowName("watch", keys), strategy.mechanism,
           [cell](benchmark::State& state) { MeasureRow(state, cell); })
      ->UseManualTime()
      ->Iterations(1);
}

// Where children die one at a time, the way from their processor to the supervisor's is part of
// what is measured.
std::vector<watch::Placement> PlacementsFor(Load load, std::size_t children, Amount amount) {
  if (load != Load::kClosed) return {watch::Placement::kAny};
  const bool both = children == 1 || children == 100 || children == 1'000;
  if (amount == Amount::kQuick || !both) return {watch::Placement::kAcross};
  return {watch::Placement::kAcross, watch::Placement::kSame};
}

void AddRows(Amount amount) {
  const bool quick = amount == Amount::kQuick;
  for (const std::size_t children : quick ? std::span<const std::size_t>(kQuickSizes) : kSizes) {
    const Cell cell{.order = {},
                    .children = children,
                    .amount = amount,
                    .first_slot = TakeSlots(children + Stage::kSpareSlots),
                    .crowd_claim = ClaimHostPids(children, true)};
    for (const Load load : watch::kLoads) {
      if (quick && load != Load::kClosed && children != 100) continue;
      for (const watch::Placement placement : PlacementsFor(load, children, amount)) {
        for (const Strategy* strategy : Registered<Strategy>::All()) {
          if (quick && children > strategy->most_otherwise) continue;
          AddRow(*strategy, load, placement, cell);
        }
      }
    }
  }
}

const Registered<RowSource> kRows{{.name = "watch", .add = AddRows}};

}  // namespace
}  // namespace pidproof::scenarios::benchmarks::watch_rows
