// What the program costs, as a multiple of the least that it could: run in pairs with that least,
// so that the load of the machine falls on both.
#include <benchmark/benchmark.h>
#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <stdexcept>
#include <vector>

#include "probes/probe.h"
#include "probes/system/isolate.h"
#include "probes/system/require.h"
#include "probes/system/sys.h"
#include "scenarios/scenario.h"

extern char** environ;

namespace pidproof::runner {
namespace {

using Clock = std::chrono::steady_clock;

double SecondsOf(const auto& work) {
  const auto begun = Clock::now();
  work();
  return std::chrono::duration<double>(Clock::now() - begun).count();
}

void RunProgram(std::vector<const char*> arguments) {
  arguments.insert(arguments.begin(), PIDPROOF_BINARY);
  arguments.push_back(nullptr);
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
  pid_t child = 0;
  const int error = posix_spawn(&child, PIDPROOF_BINARY, &actions, nullptr,
                                const_cast<char**>(arguments.data()), environ);
  posix_spawn_file_actions_destroy(&actions);
  if (error != 0) throw std::runtime_error("the program cannot be run");
  int status = 0;
  while (waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) {
    throw std::runtime_error("the program did not end well");
  }
}

// A fork of a program as large, its end and its reaping.
void ForkAndWait() {
  const pid_t child = Require(sys::Fork());
  if (child == 0) _exit(0);
  while (waitpid(child, nullptr, 0) < 0 && errno == EINTR) {
  }
}

// As one trial of one question is kept apart, with nothing to ask.
void IsolateNothing() {
  constexpr std::chrono::seconds kDeadline{60};
  const Ended ended = Isolate(
      Isolation::kNamespace, kDeadline, [](const FrameWriter&) {}, [](const Frame&) {});
  if (ended.how != Ended::kReturned) throw std::runtime_error("no PID namespace can be made here");
}

// The median over the pairs is the counter "times_floor".
void Compare(benchmark::State& state, const auto& work, const auto& floor) {
  std::vector<double> ratios;
  for (auto _ : state) {
    const double least = SecondsOf(floor);
    const double taken = SecondsOf(work);
    state.SetIterationTime(taken);
    ratios.push_back(taken / least);
  }
  std::nth_element(ratios.begin(), ratios.begin() + static_cast<long>(ratios.size() / 2),
                   ratios.end());
  state.counters["times_floor"] = ratios[ratios.size() / 2];
}

// One fork and wait a feature.
void Probe(benchmark::State& state) {
  const std::size_t features = Registered<pidproof::Probe>::All().size();
  Compare(
      state,
      [] {
        RunProgram({"probe", "--quiet"});
      },
      [&] {
        for (std::size_t i = 0; i < features; ++i) ForkAndWait();
      });
}
BENCHMARK(Probe)->UseManualTime()->Iterations(21)->Unit(benchmark::kMillisecond);

// One isolated child a trial; one at a time on both sides.
void Conformance(benchmark::State& state) {
  std::size_t trials = 0;
  for (const scenarios::Scenario* scenario : scenarios::AllScenarios()) {
    if (scenario->IsTorture()) continue;
    trials += scenario->legacy.not_possible.empty() ? 2 : 1;
  }
  Compare(
      state,
      [] {
        RunProgram({"run", "--quiet", "--conformance-only", "--jobs", "1"});
      },
      [&] {
        for (std::size_t i = 0; i < trials; ++i) IsolateNothing();
      });
  state.counters["trials"] = static_cast<double>(trials);
}
BENCHMARK(Conformance)->UseManualTime()->Iterations(5)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace pidproof::runner

BENCHMARK_MAIN();
