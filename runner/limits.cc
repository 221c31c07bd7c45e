#include "runner/limits.h"

#include <algorithm>

#include "probes/system/deadline.h"

namespace pidproof::runner {

Limits LimitsFor(const Options& options, double slowdown) {
  constexpr double kPatience = 10;  // times the budget, on a machine of the usual slowdown
  constexpr std::chrono::nanoseconds kLeastPatience = std::chrono::seconds(2);
  constexpr std::chrono::nanoseconds kMostPatience = std::chrono::seconds(20);
  Limits limits{.torture = options.torture,
                .deadline = DeadlineOn(slowdown, std::chrono::seconds(20)),
                .seed = options.seed,
                .workers = options.jobs,
                .pid_rules = {.first = options.pid_method, .may_walk = options.allow_pid_wrap}};
  limits.torture.patience = kMostPatience;
  if (options.torture.time < kMostPatience) {
    const auto patience = std::max(options.torture.time * kPatience,
                                   std::chrono::duration<double, std::nano>(kLeastPatience)) *
                          slowdown;
    limits.torture.patience =
        std::min(std::chrono::duration_cast<std::chrono::nanoseconds>(patience), kMostPatience);
  }
  return limits;
}

Limits LimitsOfWorker(Limits limits, std::size_t worker, std::size_t workers) {
  // 0, which stands for any number, stays 0.
  const auto share = [&](std::uint64_t whole) {
    return whole / workers + (worker < whole % workers ? 1 : 0);
  };
  limits.host_pids /= workers;
  limits.torture.trials = share(limits.torture.trials);
  limits.torture.opportunities = share(limits.torture.opportunities);
  limits.torture.enough = share(limits.torture.enough);
  return limits;
}

}  // namespace pidproof::runner
