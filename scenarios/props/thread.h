// Threads of the calling process.
#pragma once

#include <sys/types.h>

#include <condition_variable>
#include <functional>
#include <mutex>
#include <thread>

namespace pidproof {

// Throws Unsupported where a filter refuses a call without which threads end badly. Found out once
// a process, for its children too.
void RequireThreads();

// A thread that runs act. Throws Unsupported where none can be made: glibc makes threads by clone3,
// and does not take every refusal for its absence.
std::thread StartThread(std::function<void()> act);

// Runs act on another thread and waits for it.
void OnAnotherThread(std::function<void()> act);

// A second thread, from its constructor's return to its destructor's call. Signals are blocked in
// both. Throws Unsupported where no thread can be made.
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

}  // namespace pidproof
