#include "scenarios/loop/baseline.h"

#include <algorithm>
#include <chrono>
#include <vector>

namespace pidproof::scenarios {

void MeasureBaseline(Arena& arena, TrialLoop& trials, bool with_pidfd, std::uint64_t sharing) {
  constexpr int kPerSample = 16;
  constexpr std::size_t kFewest = 4;  // samples
  const OnOneProcessor here;
  using Clock = std::chrono::steady_clock;
  const auto begun = Clock::now();
  constexpr std::chrono::nanoseconds kEnough = std::chrono::milliseconds(250);
  const auto enough = std::min(trials.config().budget.time / 10, kEnough);
  std::vector<Clock::duration> samples;
  // Most of the host PIDs that may be used up are left for the trials.
  const std::uint64_t most_used = arena.host_pids_used() + arena.host_pids_left() / 8;
  do {
    const auto from = Clock::now();
    int made = 0;
    // A single sample may take all of the time where PIDs are placed slowly.
    while (made < kPerSample && (made == 0 || Clock::now() - from < enough)) {
      arena.End(arena.SpawnWithPid(StubLife::kWaits, with_pidfd, 0, sharing));
      ++made;
    }
    samples.push_back((Clock::now() - from) / made);
  } while ((samples.size() < kFewest || Clock::now() - begun < enough) &&
           arena.host_pids_used() <= most_used);
  // The lower quartile: on a busy machine some samples take very long.
  const auto quick = samples.begin() + static_cast<std::ptrdiff_t>(samples.size() / 4);
  std::ranges::nth_element(samples, quick);
  trials.Baseline(1, *quick);
}

}  // namespace pidproof::scenarios
