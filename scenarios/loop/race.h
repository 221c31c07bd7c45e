#pragma once

#include <array>
#include <atomic>
#include <exception>
#include <functional>
#include <memory>
#include <random>
#include <thread>
#include <vector>

#include "scenarios/loop/flight_recorder.h"
#include "scenarios/loop/perturbation_draw.h"
#include "scenarios/loop/perturber.h"
#include "scenarios/loop/trial_loop.h"

namespace pidproof::scenarios {

// Two or more acts that start together, round after round: the first on the calling thread, each
// other one on a thread of its own. The lengths of the acts are learnt, and their starts drawn so
// that they still overlap. Which began first, and whether they overlapped, is measured in every
// round.
class Race {
 public:
  // name: a literal, what it does: "waitid(P_PIDFD)". What act returns goes into the record.
  struct Act {
    const char* name;
    std::function<CallResult()> act;
  };
  // Whether a signal may arrive during an act. Calls that sleep then fail with EINTR unless they
  // are restarted (SA_RESTART: waitid and read are, poll and epoll_wait are not).
  enum SignalPolicy { kNoSignals, kSignalsAllowed };

  // Throws Unsupported where no threads can be made.
  Race(TrialLoop& trials, std::vector<Act> acts, SignalPolicy signals = kNoSignals);
  ~Race();
  Race(const Race&) = delete;

  // Runs one round and returns when all acts have. Rethrows what an act throws.
  void Run();

  // Of the last round: whether two acts overlapped.
  Window window() const { return window_; }
  // The index of the act that began first.
  std::size_t first() const { return first_; }

 private:
  struct alignas(64) Actor {
    std::thread thread;
    std::int64_t begun = 0;
    std::int64_t ended = 0;
    double length = 2000;  // learnt: nanoseconds that the act takes
    double late = 0;       // learnt: nanoseconds by which it starts later than scheduled
    std::exception_ptr failure;
    std::atomic<pid_t> thread_id = 0;
  };
  void Follow(std::size_t place);
  void Go(std::size_t place);
  void Dismiss();
  void DrawOffsets();
  void Blur();
  void Perturb();
  void Measure();
  template <typename Done>
  void Await(Done done, std::atomic<int>& changes) const;

  TrialLoop& trials_;
  std::vector<Act> acts_;
  SignalPolicy signals_;
  std::atomic<bool> spins_ = true;     // spin for the start, else sleep until woken
  std::atomic<bool> crowded_ = false;  // there are more actors than processors
  Schedule schedule_;
  Perturber perturber_;
  std::vector<std::unique_ptr<Actor>> actors_;
  Window window_ = Window::kClosed;
  std::size_t first_ = 0;
  std::int64_t start_ = 0;
  PerturbationDraw draw_;
  std::int64_t run_ = 0;      // when the last round began
  std::uint64_t opened_ = 0;  // windows that were open before it
  bool perturbed_ = false;    // at least one perturbation was set
  bool met_ = false;          // a window has opened
  bool done_ = false;
  alignas(64) std::atomic<int> round_ = 0;
  alignas(64) std::atomic<int> pending_ = 0;
};

}  // namespace pidproof::scenarios
