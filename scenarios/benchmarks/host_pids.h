// The PIDs that rows take outside the namespace in which they run, where other programs need some.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <string>

#include "scenarios/arena/arena.h"

namespace pidproof::scenarios::benchmarks {

// The rows' processes have slots (Arena): the first ones are for rows that leave no process behind,
// the others are handed out.
inline constexpr pid_t kSlotsOfRows = 128;
// The first of that many slots that no one else has.
pid_t TakeSlots(std::size_t count);

// Makes a process for each slot and reaps it, so that with privilege its PID outside can be used
// again and again. To be called outside the rows' namespace, once all slots are taken.
void FreeHostPids();

// An arena in the rows' namespace, with those PIDs.
Arena RowArena();

// The processes that a row makes over all of its repetitions, and those of the rows before it.
struct HostPidClaim {
  std::uint64_t once = 0;   // each takes another PID outside
  std::uint64_t again = 0;  // the same, unless freed PIDs are used again
};
// A claim for so many a repetition, made when the row is registered. again: in RowArena.
HostPidClaim ClaimHostPids(std::uint64_t pids, bool again);
// Why the row may not make them, or empty: half of the PIDs outside may be used up. To be called
// where rows run.
std::string MissingFor(const HostPidClaim& claim);

// kernel.pid_max outside, or the usual 32,768 where it cannot be read. The first call must be
// there.
std::uint64_t OuterPidMax();

}  // namespace pidproof::scenarios::benchmarks
