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

namespace pidproof {

// Pulls the perturbation: puts threads of this process on processors, takes these from under them,
// has signals come. What is refused here stays as it is: races go another way then, not wrong.
class Perturber {
 public:
  Perturber();
  // All threads that are left go where they like again.
  ~Perturber();
  Perturber(const Perturber&) = delete;

  // How many processors this process may use.
  std::size_t processors() const { return processors_.size(); }
  // threads: those that race, by their numbers here.
  void Set(const Perturbation& perturbation, std::span<const pid_t> threads);

 private:
  void Place(Perturbation::Place place, std::span<const pid_t> threads);
  void Preempt(bool on, pid_t thread);
  void Signal(bool on, pid_t thread);
  void Yield(bool on, pid_t thread);
  void MakeNoise();

  cpu_set_t all_;
  std::vector<std::size_t> processors_;  // those in it
  bool yields_ = false;                  // whether the last was made to
  std::optional<bool> may_yield_;
  Fd ticks_;  // a timer; while it runs, the noise does
  std::thread noise_;
  std::atomic<int> noise_ends_ = 0;
  std::optional<timer_t> signals_;
};

}  // namespace pidproof
