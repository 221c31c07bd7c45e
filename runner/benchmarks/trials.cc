// What it costs to keep a trial apart, and to run one trial of a race after another.
#include <fmt/format.h>
#include <sys/wait.h>

#include <chrono>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "probes/registry.h"
#include "probes/system/isolate.h"
#include "probes/system/require.h"
#include "probes/system/sys.h"
#include "runner/benchmarks/helper.h"
#include "runner/benchmarks/own.h"
#include "scenarios/arena/stub.h"
#include "scenarios/loop/tally.h"
#include "scenarios/torture.h"

namespace pidproof::runner::benchmarks::trials {
namespace {

using namespace std::chrono_literals;

// One race for each kind of loop.
struct Loop {
  std::string_view kind;
  std::string_view scenario;
  scenarios::Path path;
};
constexpr Loop kLoops[] = {
    {"reuse_chain", "pid_reuse/signal", scenarios::kPidfd},
    {"reuse_chain", "pid_reuse/signal", scenarios::kLegacyPid},
    {"reuse_by_chance", "natural_reuse/signal", scenarios::kPidfd},
    {"event_loop", "supervisor/one", scenarios::kPidfd},
    {"race_of_two", "signal_race/exit", scenarios::kPidfd},
    {"race_of_three", "clone_race/signal_stored", scenarios::kPidfd},
};

constexpr std::uint64_t kTrials = 250;
constexpr auto kTime = 100ms;
// Of a repetition: no trial makes more than two, and a baseline has a tenth of the time.
constexpr std::uint64_t kProcesses = 2 * kTrials + 1'000;
constexpr std::size_t kPids = 2;  // that a loop uses at once

// PIDs that this process has just freed.
std::vector<pid_t> FreePids() {
  std::vector<pid_t> pids;
  while (pids.size() < kPids) {
    const pid_t made = Require(scenarios::SpawnStub({}, scenarios::StubLife::kExits));
    Require(sys::Waitid(P_PID, made, WEXITED));
    pids.push_back(made);
  }
  return pids;
}

// The tally of so many trials.
scenarios::Tally RunLoop(const Loop& loop, std::uint64_t trials) {
  static std::uint64_t seed = 0;
  static const std::vector<pid_t> pids = FreePids();
  const scenarios::Scenario& scenario = *scenarios::FindScenario(loop.scenario);
  const scenarios::SharedFlightRecorder flight;
  scenarios::LoopConfig config{
      .budget = {.time = kTime, .trials = trials}, .seed = ++seed, .flight = &*flight};
  for (const scenarios::Claim& claim : scenario.On(loop.path).claims) {
    config.known.push_back(claim.outcome);
  }
  scenarios::Tally tally;
  const Isolation isolation = scenarios::benchmarks::RowIsolation();
  const Ended ended = Isolate(
      isolation, 20s,
      [&](const FrameWriter& up) {
        scenarios::Arena arena(isolation, {pids, kProcesses});
        scenarios::TrialLoop all(up, arena, config);
        scenario.torture->loop(arena, loop.path, all);
      },
      [&](const Frame& frame) { tally.Hear(frame); });
  if (ended.how == Ended::kUnsupported) throw Unsupported(ended.text);
  if (ended.how != Ended::kReturned || tally.trials == 0 || tally.baseline_per_second <= 0) {
    throw Unsupported("needs a loop that runs to its end: " + ended.text);
  }
  return tally;
}

// Seconds of one trial, and of what is below it.
double TimeTrial(const Loop& loop) {
  const scenarios::Tally tally = RunLoop(loop, kTrials);
  return tally.seconds / static_cast<double>(tally.trials);
}
double TimeBaseline(const Loop& loop) { return 1 / RunLoop(loop, 1).baseline_per_second; }

void IsolateNothing() {
  const Ended ended = Isolate(
      scenarios::benchmarks::RowIsolation(), 20s, [](const FrameWriter&) {}, [](const Frame&) {});
  if (ended.how != Ended::kReturned) throw Unsupported("needs an isolation: " + ended.text);
}

// Where Isolate is called. It makes a namespace by a bare clone, which unlike fork is not safe
// beside other threads: this process has none.
Helper& Isolator() {
  static Helper isolator;
  return isolator;
}

benchmark::internal::Benchmark* Add(const Keys& keys, As as, std::string mechanism,
                                    scenarios::benchmarks::HostPidClaim claim, Helper::Work work) {
  const std::size_t number = Isolator().Add(std::move(work));
  return Register(keys, as, std::move(mechanism),
                  [number, claim](benchmark::State& state) {
                    RequireOwnNamespace();
                    RequirePids(claim);
                    for (auto _ : state) state.SetIterationTime(Isolator().Run(number));
                  })
      ->UseManualTime();
}

void AddIsolation() {
  const Keys keys = {{"of", "isolate"}};
  Add(keys, As::kMeasured,
      "Isolate: clone(2) with CLONE_NEWPID, fork(2) of a trial that does nothing",
      ClaimPids(2 * kTimes), [] { return SecondsOf(IsolateNothing); })
      ->Iterations(kTimes);
  Add(keys, As::kFloor, "fork(2), waitid(2)", ClaimPids(kTimes), [] {
    return SecondsOf(ForkAndWait);
  })->Iterations(kTimes);
}

void AddLoop(const Loop& loop) {
  const Keys keys = {{"of", "trial"},
                     {"loop", std::string(loop.kind)},
                     {"by", loop.path == scenarios::kPidfd ? "pidfd" : "pid"}};
  const auto claim = [] {
    return scenarios::benchmarks::ClaimHostPids(
        kProcesses * scenarios::benchmarks::kUsualRepetitions, true);
  };
  Add(keys, As::kMeasured, fmt::format("one trial of {}", loop.scenario), claim(), [&loop] {
    return TimeTrial(loop);
  })->Iterations(1);
  Add(keys, As::kFloor, "creating, killing and reaping a child of the same kind", claim(), [&loop] {
    return TimeBaseline(loop);
  })->Iterations(1);
}

void AddRows(Amount amount) {
  AddIsolation();
  if (amount != Amount::kQuick) {
    for (const Loop& loop : kLoops) AddLoop(loop);
  }
  Isolator().Start();
}

// Its name puts its claims behind those of all other rows.
const Registered<scenarios::benchmarks::RowSource> kRows{{.name = "z_own_trials", .add = AddRows}};

}  // namespace
}  // namespace pidproof::runner::benchmarks::trials
