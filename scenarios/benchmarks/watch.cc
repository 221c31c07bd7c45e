// What it costs to watch children, by the strategies of real programs.
#include <benchmark/benchmark.h>
#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <map>
#include <optional>
#include <string>

#include "probes/system/read_file.h"
#include "probes/system/require.h"
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
// More would keep the machine from all else.
constexpr std::size_t kMostInBurst = 1'000;

// The crowds live as long as the rows are run, and are made when a row needs one.
std::map<std::size_t, Stage>& Stages() {
  static std::map<std::size_t, Stage> stages;
  return stages;
}

// Read before the rows are given a PID namespace, for that has a limit of its own.
std::size_t OuterPidMax() {
  std::size_t most = 32'768;
  const Result<std::string> text = ReadFile("/proc/sys/kernel/pid_max");
  if (text.ok()) std::from_chars(text->data(), text->data() + text->size(), most);
  return most;
}
const std::size_t kOuterPidMax = OuterPidMax();

// The deaths of one repetition. A row with most children has fewer, for each may cost a look at
// all.
std::size_t EventsOf(const Strategy& strategy, Load load, std::size_t children) {
  if (load == Load::kBurst) return std::min(children, kMostInBurst);
  if (strategy.period.count() != 0) return children >= 1'000 ? 4 : 8;
  return load == Load::kOpen || children >= 10'000 ? 10 : 20;
}

// Empty where it can be measured.
std::string MissingFor(const Strategy& strategy, std::size_t children) {
  // A strategy reaps, and where a row breaks off its PIDs may be another program's by then.
  if (!HasOwnNamespace()) return "needs a PID namespace of its own, which is refused here";
  // Other programs of the machine need PIDs too.
  constexpr std::size_t kOneIn = 3;
  if (children * kOneIn > kOuterPidMax) {
    return fmt::format("needs kernel.pid_max of {} or more", children * kOneIn);
  }
  if (children > strategy.most_children) {
    return fmt::format("needs more than the {} children that this strategy is measured with",
                       strategy.most_children);
  }
  if (strategy.reads_proc && !HasOwnProc()) {
    return "needs a /proc of the PID namespace, which cannot be mounted here";
  }
  return "";
}

void Publish(benchmark::State& state, const Strategy& strategy, Load load, std::size_t children,
             Figures figures) {
  std::vector<std::int64_t>& latencies = figures.latencies_ns;
  std::sort(latencies.begin(), latencies.end());
  const auto quantile = [&](double share) {
    return static_cast<double>(watch::Quantile(latencies, share));
  };
  const auto events = static_cast<double>(latencies.size());
  // A burst is over with its last status.
  state.SetIterationTime(quantile(load == Load::kBurst ? 1 : 0.5) / 1e9);
  state.counters["p50"] = quantile(0.5);
  state.counters["p90"] = quantile(0.9);
  state.counters["p99"] = quantile(0.99);
  state.counters["p999"] = quantile(0.999);
  state.counters["max"] = quantile(1);
  state.counters["cpu_ns"] = static_cast<double>(figures.cpu_ns) / events;
  state.counters["calls"] = static_cast<double>(figures.calls) / events;
  state.counters["events"] = events;
  state.counters["descriptors"] = figures.descriptors;
  // With a few children it is what the first of them needs.
  if (figures.memory && children >= 100) state.counters["memory"] = *figures.memory;
  state.SetLabel(
      fmt::format("{}; histogram {}", strategy.mechanism, watch::HistogramText(latencies)));
}

void MeasureRow(benchmark::State& state, const Strategy& strategy, Load load,
                std::size_t children) {
  const std::string missing = MissingFor(strategy, children);
  if (!missing.empty()) return state.SkipWithError(missing.c_str());
  Stage& stage = Stages().try_emplace(children, children).first->second;
  for (auto _ : state) {
    const Stage::Answer answer = stage.Measure(strategy, load, EventsOf(strategy, load, children));
    if (answer.broken) Stages().erase(children);
    if (!answer.figures) {
      state.SkipWithError(answer.reason.c_str());
      return;
    }
    Publish(state, strategy, load, children, *answer.figures);
  }
}

void AddRows() {
  for (const std::size_t children : kSizes) {
    for (const Load load : watch::kLoads) {
      // How the cost grows with the children is seen best where they die one at a time.
      // The other loads take longer, with most children for seconds.
      if (load != Load::kClosed && children != 10 && children != 1'000) continue;
      for (const Strategy* strategy : Registered<Strategy>::All()) {
        const std::string name =
            RowName("watch", {{"load", std::string(watch::Word(load))},
                              {"children", fmt::format("{}", children)},
                              {"strategy", std::string(strategy->name)},
                              {"path", std::string(scenarios::Word(strategy->path))}});
        benchmark::RegisterBenchmark(name.c_str(),
                                     [strategy, load, children](benchmark::State& state) {
                                       MeasureRow(state, *strategy, load, children);
                                     })
            ->UseManualTime()
            ->Iterations(1);
      }
    }
  }
}

const Registered<RowSource> kRows{{.name = "watch", .add = AddRows}};

}  // namespace
}  // namespace pidproof::scenarios::benchmarks::watch_rows
