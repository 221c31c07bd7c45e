#include "scenarios/props/thread.h"

#include <signal.h>
#include <unistd.h>

#include <string>
#include <system_error>
#include <utility>

#include "probes/require.h"
#include "probes/thread_calls.h"

namespace pidproof {

void RequireThreads() {
  static const std::string refusal = RefusalOfThreads();  // of this process, and its children
  if (!refusal.empty()) throw Unsupported("no threads can be made here: " + refusal);
}

std::thread StartThread(std::function<void()> act) {
  RequireThreads();
  try {
    return std::thread(std::move(act));
  } catch (const std::system_error&) {
    throw Unsupported("no threads can be made here");
  }
}

void OnAnotherThread(std::function<void()> act) { StartThread(std::move(act)).join(); }

SecondThread::SecondThread() {
  sigset_t all;
  sigfillset(&all);
  Require(sigprocmask(SIG_BLOCK, &all, nullptr) == 0);
  thread_ = StartThread([this] { Run(); });
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [this] { return number_ != 0; });
}

SecondThread::~SecondThread() {
  {
    const std::lock_guard lock(mutex_);
    done_ = true;
  }
  changed_.notify_all();
  thread_.join();
}

void SecondThread::Run() {
  std::unique_lock lock(mutex_);
  number_ = gettid();
  changed_.notify_all();
  changed_.wait(lock, [this] { return done_; });
}

}  // namespace pidproof
