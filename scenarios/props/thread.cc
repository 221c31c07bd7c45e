#include "scenarios/props/thread.h"

#include <signal.h>
#include <unistd.h>

#include <system_error>
#include <utility>

#include "probes/require.h"

namespace pidproof {

std::thread StartThread(std::function<void()> act) {
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
