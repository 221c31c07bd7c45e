// Where the next slice of a run's torture time does the most good. Pure.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

namespace pidproof::runner {

// How far a torture loop is.
struct LoopState {
  std::uint64_t opportunities = 0;  // without a harm
  double seconds = 0;               // that they took
  bool wants_more = false;          // whether more of them would say more
  bool is_subject = true;           // else a control: what it says is asked for less
};

// So much time for that loop, or less if it has seen so many in all before.
struct Slice {
  std::size_t loop;
  double seconds;
  std::uint64_t opportunities;
};

// Seconds that are left.
struct TimeLeft {
  double for_strength;
  double to_decide;  // for loops that have seen too few opportunities to say anything
};

// First what has seen too little is brought to say something, then evidence that is weak to fair,
// then what is fair to strong, the subjects before the controls and the quickest loop before the
// slower ones: so most get there. Each loop's slowdown is taken to be what it was. Nothing where no
// loop wants more, or where the time left takes none of them any further.
std::optional<Slice> NextSlice(std::span<const LoopState> loops, TimeLeft left);

}  // namespace pidproof::runner
