#pragma once

#include <sys/types.h>

#include <condition_variable>
#include <mutex>
#include <thread>

#include "probes/child.h"
#include "scenarios/arena.h"

namespace pidproof {

// A second thread of this process, from its constructor's return to its destructor's call. Signals
// are blocked in both. Throws Unsupported where no thread can be made.
class SecondThread {
 public:
  SecondThread();
  ~SecondThread();
  SecondThread(const SecondThread&) = delete;

  pid_t number() const { return number_; }

 private:
  void Run();

  std::mutex mutex_;
  std::condition_variable changed_;
  pid_t number_ = 0;
  bool done_ = false;
  std::thread thread_;
};

// A child of two threads that linger, and the number of the second. Takes the trial's report.
// Throws Unsupported where no thread can be made.
struct Threaded {
  Child child;
  pid_t thread;
};
Threaded SpawnThreaded(Arena& arena);

}  // namespace pidproof
