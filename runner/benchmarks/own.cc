#include "runner/benchmarks/own.h"

#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <utility>

#include "probes/system/require.h"
#include "probes/system/sys.h"

namespace pidproof::runner::benchmarks {

benchmark::internal::Benchmark* Register(Keys keys, As as, std::string mechanism,
                                         std::function<void(benchmark::State&)> measure) {
  keys.emplace_back("as", as == As::kMeasured ? "measured" : "floor");
  return scenarios::benchmarks::Register(scenarios::benchmarks::RowName("own", keys),
                                         std::move(mechanism), std::move(measure));
}

scenarios::benchmarks::HostPidClaim ClaimPids(std::uint64_t each_time) {
  return scenarios::benchmarks::ClaimHostPids(each_time * scenarios::benchmarks::kUsualRepetitions,
                                              false);
}

void RequireOwnNamespace() {
  if (scenarios::benchmarks::HasOwnNamespace()) return;
  throw Unsupported("needs a PID namespace of its own, which is refused here");
}

void RequirePids(scenarios::benchmarks::HostPidClaim claim) {
  const std::string missing = scenarios::benchmarks::MissingFor(claim);
  if (!missing.empty()) throw Unsupported(missing);
}

void ForkAndWait() {
  const pid_t child = Require(sys::Fork());
  if (child == 0) _exit(0);
  Require(sys::Waitid(P_PID, child, WEXITED));
}

double SecondsOf(const std::function<void()>& work) {
  using Clock = std::chrono::steady_clock;
  const auto begun = Clock::now();
  work();
  return std::chrono::duration<double>(Clock::now() - begun).count();
}

}  // namespace pidproof::runner::benchmarks
