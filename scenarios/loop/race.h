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

namespace pidproof {

// Two or more acts that are let go together, round after round. The first acts on the thread that
// runs the race, each other one on a thread of its own. How long the acts take is learnt, and they
// are let go at drawn moments at which they still overlap; which of them began first, and whether
// they did overlap, is measured in every round.
class Race {
 public:
  // name: a literal, what it does: "waitid(P_PIDFD)". What act returns goes into the record.
  struct Act {
    const char* name;
    std::function<CallResult()> act;
  };
  // Whether a signal may come in the middle of the acts: those that sleep then see EINTR, but for
  // calls that are restarted (SA_RESTART: waitid and read are, poll and epoll_wait are not).
  enum SignalPolicy { kNoSignals, kSignalsAllowed };

  // Throws Unsupported where no threads can be made.
  Race(TrialLoop& trials, std::vector<Act> acts, SignalPolicy bearing = kNoSignals);
  ~Race();
  Race(const Race&) = delete;

  // Lets all go, and returns once all have acted. What an act throws is thrown here.
  void Run();

  // Of the last round: whether two acts were under way at once.
  Window window() const { return window_; }
  // Which act began first, by its place.
  std::size_t first() const { return first_; }

 private:
  struct alignas(64) Actor {
    std::thread thread;
    std::int64_t begun = 0;
    std::int64_t ended = 0;
    double length = 2000;  // learnt: nanoseconds that the act takes
    double late = 0;       // learnt: how much later than asked it begins
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
  SignalPolicy bearing_;
  std::atomic<bool> spins_ = true;     // to be there at once; else one sleeps until woken
  std::atomic<bool> crowded_ = false;  // there are more actors than processors
  Schedule schedule_;
  Perturber perturber_;
  std::vector<std::unique_ptr<Actor>> actors_;
  Window window_ = Window::kClosed;
  std::size_t first_ = 0;
  std::int64_t start_ = 0;
  PerturbationDraw draw_;
  std::int64_t run_ = 0;      // when the last round began
  std::uint64_t opened_ = 0;  // windows before it
  bool pulled_ = false;       // the perturbation, once
  bool met_ = false;          // a window has opened
  bool done_ = false;
  alignas(64) std::atomic<int> round_ = 0;
  alignas(64) std::atomic<int> pending_ = 0;
};

}  // namespace pidproof
