#pragma once

#include <sched.h>
#include <sys/types.h>
#include <time.h>

#include <atomic>
#include <optional>
#include <span>
#include <thread>
#include <vector>

#include "probes/system/fd.h"
#include "scenarios/loop/loop_config.h"

namespace pidproof::scenarios {

// Applies a perturbation to threads of this process: affinity, preemption, signals, priority. What
// is refused here is left out: races are then less varied, not wrong.
class Perturber {
 public:
  Perturber();
  // Removes the perturbation: remaining threads may use all processors again.
  ~Perturber();
  Perturber(const Perturber&) = delete;

  // How many processors this process may use.
  std::size_t processors() const { return processors_.size(); }
  // threads: the thread IDs of the racing threads.
  void Set(const Perturbation& perturbation, std::span<const pid_t> threads);

 private:
  void Place(Perturbation::Place place, std::span<const pid_t> threads);
  void Preempt(bool on, pid_t thread);
  void Signal(bool on, pid_t thread);
  void Yield(bool on, pid_t thread);
  void MakeNoise();

  cpu_set_t all_;
  std::vector<std::size_t> processors_;  // those in all_
  bool yields_ = false;                  // whether the last thread's priority is lowered now
  std::optional<bool> may_yield_;
  Fd ticks_;  // a timer; the noise thread works while it runs
  std::thread noise_;
  std::atomic<int> noise_ends_ = 0;
  std::optional<timer_t> signals_;
};

}  // namespace pidproof::scenarios
