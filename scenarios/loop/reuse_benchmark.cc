// The cost of a reuse trial beside creating, killing and reaping the same kind of child, and beside
// a real fork: quote the ratios of one run. Runs in a PID namespace of its own, on host PIDs that
// this process has just freed.
#include <benchmark/benchmark.h>
#include <signal.h>
#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <utility>
#include <vector>

#include "probes/system/child.h"
#include "probes/system/isolate.h"
#include "probes/system/require.h"
#include "scenarios/arena/arena.h"
#include "scenarios/handle.h"

namespace pidproof::scenarios {
namespace {

Arena* arena = nullptr;

void ForkExitReap(benchmark::State& state) {
  for (auto _ : state) Require(Child::Make(body::Exits)).Reap();
}
BENCHMARK(ForkExitReap);

void BareStub(benchmark::State& state) {
  const OnOneProcessor here;
  for (auto _ : state) arena->End(arena->SpawnWithPid(StubLife::kWaits, false));
}
BENCHMARK(BareStub);

void BareStubWithPidfd(benchmark::State& state) {
  const OnOneProcessor here;
  for (auto _ : state) arena->End(arena->SpawnWithPid(StubLife::kWaits, true));
}
BENCHMARK(BareStubWithPidfd);

// As pid_reuse/signal: the stranger of one trial is the worker of the next.
void ReuseTrial(benchmark::State& state) {
  const OnOneProcessor here;
  const Path path = state.range(0) == 0 ? kPidfd : kLegacyPid;
  Arena::Stub worker = arena->SpawnWithPid(StubLife::kWaits, Handle::NeedsPidfdAtSpawn(path));
  arena->End(worker);
  for (auto _ : state) {
    Arena::Stub stranger = arena->SpawnWithPid(StubLife::kWaits, Handle::NeedsPidfdAtSpawn(path));
    const Handle stale = Handle::Of(worker, path);
    benchmark::DoNotOptimize(stale.Signal(SIGUSR1).error());
    arena->End(stranger, SIGUSR2);
    worker = std::move(stranger);
  }
  state.SetLabel(std::string(Word(path)));
}
BENCHMARK(ReuseTrial)->Arg(0)->Arg(1);

pid_t FreePid() { return Require(Child::Make(body::Lingers)).pid(); }

int Run() {
  if (geteuid() != 0) {
    std::fputs("run this as root: without privilege every process would use up a host PID\n",
               stderr);
    return 2;
  }
  const pid_t pid = FreePid();
  const Ended ended = Isolate(
      Isolation::kNamespace, std::chrono::minutes(10),
      [&](const FrameWriter&) {
        Arena here(Isolation::kNamespace, {{pid}, 0});
        arena = &here;
        benchmark::RunSpecifiedBenchmarks();
        std::fflush(stdout);
      },
      [](const Frame&) {});
  if (ended.how == Ended::kReturned) return 0;
  std::fprintf(stderr, "the benchmark ended badly: %s\n", ended.text.c_str());
  return 1;
}

}  // namespace
}  // namespace pidproof::scenarios

int main(int argc, char** argv) {
  pidproof::ResetSignals();
  benchmark::Initialize(&argc, argv);
  if (benchmark::ReportUnrecognizedArguments(argc, argv)) return 2;
  return pidproof::scenarios::Run();
}
