// pidproof-bench: what controlling processes costs by pidfd and by PID. It has all flags of Google
// Benchmark (--help), and --quick for fewer rows; `pidproof bench` finds and drives it.
#include <benchmark/benchmark.h>
#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <string_view>

#include "probes/registry.h"
#include "probes/system/isolate.h"
#include "probes/system/require.h"
#include "scenarios/benchmarks/host_pids.h"
#include "scenarios/benchmarks/row.h"
#include "scenarios/handle.h"

namespace pidproof::scenarios::benchmarks {
namespace {

// Where there is no namespace, /proc is the right one as it is.
bool ShowsOurs(Isolation isolation) {
  try {
    if (isolation != Isolation::kChild) Handle::PrepareProc(kLegacyPid);
    return true;
  } catch (const Unsupported&) {
    return false;
  }
}

// Whether it ran to its end in such an isolation.
Ended RunIn(Isolation isolation) {
  return Isolate(
      isolation, std::chrono::hours(24),
      [&](const FrameWriter&) {
        SetRowIsolation(isolation);
        SetOwnProc(ShowsOurs(isolation));
        benchmark::RunSpecifiedBenchmarks();
        std::fflush(stdout);
      },
      [](const Frame&) {});
}

// Takes our own flag away, which Google's library does not know.
Amount TakeAmount(int& argc, char** argv) {
  const auto end = std::remove(argv + 1, argv + argc, std::string_view("--quick"));
  const bool quick = end != argv + argc;
  argc = static_cast<int>(end - argv);
  return quick ? Amount::kQuick : Amount::kFull;
}

void AddRows(Amount amount) {
  for (const RowSource* rows : Registered<RowSource>::All()) rows->add(amount);
}

int Run() {
  FreeHostPids();
  Ended ended;
  // The rows of processes that are gone need the namespace, and say so where there is none.
  for (const Isolation isolation :
       {Isolation::kNamespace, Isolation::kUserNamespace, Isolation::kChild}) {
    ended = RunIn(isolation);
    if (ended.how != Ended::kNotStarted) break;
  }
  if (ended.how == Ended::kReturned) return 0;
  std::fputs(fmt::format("pidproof-bench: it did not run to its end: {}\n", ended.text).c_str(),
             stderr);
  return 1;
}

}  // namespace
}  // namespace pidproof::scenarios::benchmarks

int main(int argc, char** argv) {
  pidproof::ResetSignals();
  using pidproof::scenarios::benchmarks::AddRows;
  AddRows(pidproof::scenarios::benchmarks::TakeAmount(argc, argv));
  benchmark::Initialize(&argc, argv);
  if (benchmark::ReportUnrecognizedArguments(argc, argv)) return 2;
  return pidproof::scenarios::benchmarks::Run();
}
