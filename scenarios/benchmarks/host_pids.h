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
// Lets the next free PID of the rows' namespace, which is their own, be behind all slots: one that
// no row has chosen is not in the way of one that it has.
void BeginBehindSlots();

// An arena in the rows' namespace, with those PIDs.
Arena RowArena();

// A claim to make that many processes, in the order in which rows are registered; with again, in
// RowArena. Where they cannot use PIDs again, each takes another one outside.
using HostPidClaim = std::size_t;
HostPidClaim ClaimHostPids(std::uint64_t pids, bool again);
// Of how many repetitions a claim should be.
inline constexpr std::uint64_t kUsualRepetitions = 11;
// Why the row may not make them, or empty: half of the PIDs outside may be used up, and the first
// claims are met. To be called where rows run.
std::string MissingFor(HostPidClaim claim);

// kernel.pid_max outside, or the usual 32,768 where it cannot be read. The first call must be
// there.
std::uint64_t OuterPidMax();

}  // namespace pidproof::scenarios::benchmarks
