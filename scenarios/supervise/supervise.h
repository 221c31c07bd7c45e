// A supervisor at work: its workers crash, and it restarts them; meanwhile another of its threads
// stops workers by what its table says, as a command to stop a service does.
#pragma once

#include <cstddef>
#include <cstdint>
#include <random>

#include "probes/system/codec.h"
#include "scenarios/arena/arena.h"
#include "scenarios/watch/strategy.h"

namespace pidproof::scenarios::supervise {

struct Work {
  const watch::Strategy* strategy =
      nullptr;  // which ends it is notified by; its path stops workers
  std::size_t workers = 0;
  pid_t first_slot = 0;  // of the arena: a worker has the PID of the one that it replaces
  std::uint64_t restarts = 0;
};

struct Record {
  std::int64_t elapsed_ns = 0;  // for all restarts
  std::int64_t cpu_ns = 0;      // of the thread that restarts
  std::uint64_t stops = 0;      // signals that were sent, and not refused
  // Ends that were not reported; that were reported twice; and workers that a signal ended which
  // was sent to stop an earlier one (of several such signals to one worker, at least one counts).
  std::uint64_t lost = 0;
  std::uint64_t doubled = 0;
  std::uint64_t misdirected = 0;
  // Whether each worker had the PID of the one before it: else no signal could be misdirected.
  bool same_pids = true;
};
void Fields(auto& codec, Like<Record> auto& record) {
  auto& [elapsed_ns, cpu_ns, stops, lost, doubled, misdirected, same_pids] = record;
  codec(elapsed_ns, cpu_ns, stops, lost, doubled, misdirected, same_pids);
}

// To be called in a process that has no other children, in a PID namespace of its own; blocks
// SIGUSR2 in it. Throws Unsupported where the strategy is not possible here. All workers have ended
// when it returns, but for those that were lost, which die with this process.
Record Supervise(const Work& work, Arena& arena, std::mt19937& random);

}  // namespace pidproof::scenarios::supervise
