#include "scenarios/floor.h"

#include <algorithm>
#include <chrono>

namespace pidproof {

void MeasureFloor(Arena& arena, Scribe& scribe, bool with_pidfd, std::uint64_t sharing) {
  constexpr int kPerLook = 16;
  const OnOneProcessor here;
  using Clock = std::chrono::steady_clock;
  const auto begun = Clock::now();
  constexpr std::chrono::nanoseconds kEnough = std::chrono::milliseconds(250);
  const auto enough = std::min(scribe.orders().budget.time / 10, kEnough);
  std::uint64_t made = 0;
  // Where numbers outside are used up, most are for the trials.
  const std::uint64_t most_used = arena.outer_used() + arena.outer_left() / 8;
  do {
    for (int i = 0; i < kPerLook; ++i) {
      arena.End(arena.SpawnDealt(StubLife::kWaits, with_pidfd, 0, sharing));
    }
    made += kPerLook;
  } while (Clock::now() - begun < enough && arena.outer_used() <= most_used);
  scribe.Floor(made, Clock::now() - begun);
}

}  // namespace pidproof
