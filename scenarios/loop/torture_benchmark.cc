// The speed of each torture scenario beside creating, killing and reaping the same kind of child in
// the same run: read `ratio`, and `open`, the share of trials whose window was open. "by two": two
// workers, each in its own PID namespace on its own processor; `ratio` is to the sum of their
// baselines, and items_per_second compares with that of one worker.
#include <benchmark/benchmark.h>
#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <string>
#include <thread>
#include <vector>

#include "probes/system/child.h"
#include "probes/system/isolate.h"
#include "probes/system/processors.h"
#include "probes/system/require.h"
#include "scenarios/loop/tally.h"
#include "scenarios/torture.h"

namespace pidproof::scenarios {
namespace {

using namespace std::chrono_literals;

constexpr auto kTime = 400ms;
constexpr std::size_t kPids = 40;

// PIDs that this process has just freed.
std::vector<pid_t> FreePids() {
  std::vector<Child> children;
  std::vector<pid_t> pids;
  for (std::size_t i = 0; i < kPids; ++i) {
    children.push_back(Require(Child::Make(body::Lingers)));
    pids.push_back(children.back().pid());
  }
  return pids;
}

Tally RunOnce(const Scenario& scenario, Path path, std::vector<pid_t> pids, std::size_t place,
              bool pinned, std::string& trouble) {
  const SharedFlightRecorder flight;
  LoopConfig config{.budget = {.time = kTime}, .seed = place, .flight = &*flight};
  for (const Claim& claim : scenario.On(path).claims) config.known.push_back(claim.outcome);
  Tally tally;
  // Isolate makes a PID namespace by a bare clone, which unlike fork is not safe beside other
  // threads: so it is called in a forked child.
  const auto alone = [&](const FrameWriter& up) {
    const Ended ended = Isolate(
        Isolation::kNamespace, 60s,
        [&](const FrameWriter& out) {
          if (pinned) AllowProcessors(Only(place));
          Arena arena(Isolation::kNamespace, {pids, 4000});
          TrialLoop trials(out, arena, config);
          scenario.torture->loop(arena, path, trials);
        },
        [&](const Frame& frame) { up.Send(frame.kind, frame.bytes); });
    if (ended.how != Ended::kReturned) throw Broken(ended.text);
  };
  const Ended ended =
      Isolate(Isolation::kChild, 60s, alone, [&](const Frame& frame) { tally.Hear(frame); });
  if (ended.how != Ended::kReturned) trouble = ended.text + " ";
  return tally;
}

void Measure(benchmark::State& state, const Scenario* scenario, Path path, std::size_t workers) {
  const std::vector<pid_t> pids = FreePids();
  std::vector<Tally> tallies(workers);
  std::vector<std::string> troubles(workers);
  for (auto _ : state) {
    std::vector<std::thread> threads;
    for (std::size_t i = 0; i < workers; ++i) {
      const auto share = static_cast<std::ptrdiff_t>(pids.size() / workers);
      const auto from = pids.begin() + static_cast<std::ptrdiff_t>(i) * share;
      threads.emplace_back([&, i, mine = std::vector<pid_t>(from, from + share)] {
        tallies[i] = RunOnce(*scenario, path, mine, i, workers > 1, troubles[i]);
      });
    }
    for (std::thread& thread : threads) thread.join();
    Tally all = tallies[0];
    for (std::size_t i = 1; i < workers; ++i) all.Join(tallies[i]);
    if (all.trials == 0 || all.seconds == 0) return state.SkipWithError(troubles[0].c_str());
    const auto trials = static_cast<double>(all.trials);
    state.SetIterationTime(all.seconds);
    state.SetItemsProcessed(static_cast<std::int64_t>(all.trials));
    state.counters["floor"] = all.baseline_per_second;
    state.counters["ratio"] = trials / all.seconds / all.baseline_per_second;
    state.counters["open"] = static_cast<double>(all.opportunities) / trials;
  }
}

void Register(const Scenario& scenario, Path path, std::size_t workers) {
  std::string name = std::string(scenario.name).append(" ").append(Word(path));
  if (workers > 1) name += " by two";
  benchmark::RegisterBenchmark(name.c_str(),
                               [&scenario, path, workers](benchmark::State& state) {
                                 Measure(state, &scenario, path, workers);
                               })
      ->UseManualTime()
      ->Iterations(1);
}

void RegisterAll() {
  for (const Scenario* scenario : AllScenarios()) {
    if (!scenario->IsTorture() || scenario->IsOnRequest()) continue;
    if (scenario->torture->pids > static_cast<pid_t>(kPids)) continue;
    std::vector<Path> paths{kPidfd};
    if (scenario->legacy.not_possible.empty()) paths.push_back(kLegacyPid);
    for (const Path path : paths) {
      Register(*scenario, path, 1);
      if (scenario->torture->single_cpu) Register(*scenario, path, 2);
    }
  }
}

}  // namespace
}  // namespace pidproof::scenarios

int main(int argc, char** argv) {
  pidproof::body::ResumeIfExecuted(argc, argv);
  pidproof::ResetSignals();
  benchmark::Initialize(&argc, argv);
  if (benchmark::ReportUnrecognizedArguments(argc, argv)) return 2;
  if (geteuid() != 0) {
    std::fputs("run this as root: without privilege every process would use up a host PID\n",
               stderr);
    return 2;
  }
  pidproof::scenarios::RegisterAll();
  benchmark::RunSpecifiedBenchmarks();
}
