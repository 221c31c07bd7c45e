#pragma once

#include <atomic>
#include <cstdint>
#include <exception>
#include <random>
#include <thread>
#include <vector>

#include "scenarios/supervise/workers.h"

namespace pidproof::scenarios::supervise {

// A thread that stops one worker after the other while this lives: it looks the worker up, is busy
// for up to 100 microseconds, as with a check of its health, and signals it by its pidfd, where it
// has one, or by PID.
class Stopper {
 public:
  Stopper(const Workers& workers, std::uint64_t seed);
  // Ends the thread. Throws what ended it before.
  void End();
  ~Stopper();
  Stopper(const Stopper&) = delete;

  // The generation of the last worker in that place that it was to stop; 0: none yet.
  std::uint64_t AimedAt(std::size_t place) const { return aimed_[place]; }
  std::uint64_t sent() const { return sent_; }

 private:
  void Run();
  void Stop(std::size_t place);
  void BeBusy();

  const Workers& workers_;
  std::mt19937_64 random_;
  std::vector<std::atomic<std::uint64_t>> aimed_;
  std::atomic<std::uint64_t> sent_ = 0;
  std::atomic<bool> ending_ = false;
  std::exception_ptr failure_;
  std::thread thread_;  // declared last: it uses all other members
};

}  // namespace pidproof::scenarios::supervise
