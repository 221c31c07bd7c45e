// The budget of host PIDs. Every process of a trial takes a PID in the runner's own PID namespace
// too, which others share.
#pragma once

#include <sys/types.h>

#include <cstddef>
#include <cstdint>
#include <vector>

#include "runner/cell_run.h"
#include "scenarios/scenario.h"

namespace pidproof::runner {

// What a run may use up, and what it has used so far.
class HostPids {
 public:
  // What one conformance cell may use up: on the average it takes a little less.
  static constexpr std::uint64_t kPerConformanceCell = 4;

  // pid_max: of the runner's namespace, 0 where it is not known. Half of it may be used up, or any
  // number of PIDs, over and over, where the user allows it.
  HostPids(std::uint64_t pid_max, bool allow_pid_wrap);

  // How many of the wanted PIDs may be taken and freed again, for trials to place their processes
  // at; and so many were.
  std::size_t MayFree(std::size_t wanted) const;
  void TakeFreed(std::size_t count);

  // How many conformance cells there are enough for.
  std::uint64_t ConformanceCells() const { return left_ / kPerConformanceCell; }

  // So many torture loops are to come; one of them has had its share.
  void ExpectLoops(std::size_t loops) { loops_ = loops; }
  void LoopDone() { loops_ -= loops_ > 0 ? 1 : 0; }
  // What the next loop may use up.
  std::uint64_t ForNextLoop() const;

  void Take(std::uint64_t pids);
  std::uint64_t used() const { return used_; }

 private:
  std::uint64_t left_;
  std::uint64_t used_ = 0;
  std::size_t loops_ = 0;
  bool places_ = false;  // freed PIDs are placed, so that few loops use up any others
};

// What the trials of a cell and their wardens have taken.
std::uint64_t HostPidsOf(const CellRun& run);

// How many freed PIDs the chosen scenarios place processes at, all at once.
std::size_t FreePidsFor(const std::vector<const scenarios::Scenario*>& chosen, std::size_t workers);

// Those that one of several workers may place processes at: no two may want the same at once.
std::vector<pid_t> FreePidsOfWorker(const std::vector<pid_t>& free_pids, std::size_t worker,
                                    std::size_t workers);

}  // namespace pidproof::runner
