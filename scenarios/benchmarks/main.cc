// pidproof-bench: what controlling processes costs by pidfd and by PID. It has all flags of Google
// Benchmark (--help), and is found and driven by `pidproof bench`.
#include <benchmark/benchmark.h>
#include <fmt/format.h>

#include <chrono>
#include <cstdio>

#include "probes/registry.h"
#include "probes/system/isolate.h"
#include "probes/system/require.h"
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
        SetOwnNamespace(isolation != Isolation::kChild);
        SetOwnProc(ShowsOurs(isolation));
        benchmark::RunSpecifiedBenchmarks();
        std::fflush(stdout);
      },
      [](const Frame&) {});
}

int Run() {
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
  using pidproof::scenarios::benchmarks::RowSource;
  for (const RowSource* rows : pidproof::Registered<RowSource>::All()) rows->add();
  benchmark::Initialize(&argc, argv);
  if (benchmark::ReportUnrecognizedArguments(argc, argv)) return 2;
  return pidproof::scenarios::benchmarks::Run();
}
