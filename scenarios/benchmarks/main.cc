// pidproof-bench: what controlling processes costs by pidfd and by PID. It has all flags of Google
// Benchmark (--help), --quick for fewer rows, --all for those that take minutes, and --cgroup=DIR
// as `pidproof run` has it; `pidproof bench` finds and drives it.
#include <benchmark/benchmark.h>
#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "probes/registry.h"
#include "probes/system/isolate.h"
#include "probes/system/require.h"
#include "scenarios/benchmarks/host_pids.h"
#include "scenarios/benchmarks/row.h"
#include "scenarios/fixtures/cgroup_keeper.h"
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
        BeginBehindSlots();
        benchmark::RunSpecifiedBenchmarks();
        std::fflush(stdout);
      },
      [](const Frame&) {});
}

// Our own flags, which Google's library does not know.
struct Flags {
  Amount amount = Amount::kFull;
  std::vector<std::string> cgroups;
};

// Takes them out of the arguments.
Flags TakeFlags(int& argc, char** argv) {
  constexpr std::string_view kCgroup = "--cgroup=";
  Flags flags;
  const auto is_ours = [&](std::string_view argument) {
    if (argument == "--quick") {
      flags.amount = Amount::kQuick;
    } else if (argument == "--all") {
      flags.amount = Amount::kAll;
    } else if (argument.starts_with(kCgroup)) {
      flags.cgroups.emplace_back(argument.substr(kCgroup.size()));
    } else {
      return false;
    }
    return true;
  };
  argc = static_cast<int>(std::remove_if(argv + 1, argv + argc, is_ours) - argv);
  return flags;
}

void AddRows(Amount amount) {
  for (const RowSource* rows : Registered<RowSource>::All()) rows->add(amount);
}

std::string Why(const Ended& ended) {
  if (ended.how == Ended::kSignalled) return fmt::format("ended by signal {}", ended.number);
  if (ended.how == Ended::kExited) return fmt::format("it exited with status {}", ended.number);
  return ended.text;
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
  std::fputs(fmt::format("pidproof-bench: it did not run to its end: {}\n", Why(ended)).c_str(),
             stderr);
  return 1;
}

}  // namespace
}  // namespace pidproof::scenarios::benchmarks

int main(int argc, char** argv) {
  pidproof::ResetSignals();
  using namespace pidproof::scenarios;
  const benchmarks::Flags flags = benchmarks::TakeFlags(argc, argv);
  benchmarks::AddRows(flags.amount);
  benchmark::Initialize(&argc, argv);
  if (benchmark::ReportUnrecognizedArguments(argc, argv)) return 2;
  try {
    const CgroupKeeper keeper(flags.cgroups);
    return benchmarks::Run();
  } catch (const std::invalid_argument& refused) {
    std::fputs(fmt::format("pidproof-bench: {}\n", refused.what()).c_str(), stderr);
    return 2;
  } catch (const std::exception& failed) {
    std::fputs(fmt::format("pidproof-bench: {}\n", failed.what()).c_str(), stderr);
    return 1;
  }
}
