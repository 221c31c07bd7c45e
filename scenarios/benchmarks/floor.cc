// What nothing can cost less than: a system call that does nothing, and a child that does nothing.
#include <sys/wait.h>
#include <unistd.h>

#include "probes/registry.h"
#include "probes/system/require.h"
#include "probes/system/sys.h"
#include "scenarios/arena/arena.h"
#include "scenarios/benchmarks/host_pids.h"
#include "scenarios/benchmarks/row.h"

namespace pidproof::scenarios::benchmarks::floor_rows {
namespace {

void CreateAndReap() {
  const pid_t child = Require(SpawnStub({.flags = Arena::kShareAll}, StubLife::kExits));
  Require(sys::Waitid(P_PID, child, WEXITED));
}

void AddRows(Amount) {
  Register(RowName("floor", {{"call", "getppid"}}), "getppid(2): a system call that does nothing",
           [](benchmark::State& state) {
             const OnOneProcessor here;
             for (auto _ : state) benchmark::DoNotOptimize(getppid());
           });
  constexpr int kTimes = 10;
  const HostPidClaim claim = ClaimHostPids((kTimes + 1) * kUsualRepetitions, false);
  Register(RowName("floor", {{"call", "create_and_reap"}}),
           "clone(2) of a child that shares all but the thread group and exits at once, waitid(2)",
           [claim](benchmark::State& state) {
             const std::string missing = MissingFor(claim);
             if (!missing.empty()) throw Unsupported(missing);
             const OnOneProcessor here;
             CreateAndReap();
             for (auto _ : state) CreateAndReap();
           })
      ->Iterations(kTimes);
}

const Registered<RowSource> kRows{{.name = "floor", .add = AddRows}};

}  // namespace
}  // namespace pidproof::scenarios::benchmarks::floor_rows
