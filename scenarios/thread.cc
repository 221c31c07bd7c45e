#include "scenarios/thread.h"

#include <signal.h>
#include <unistd.h>

#include <optional>
#include <system_error>
#include <utility>

#include "probes/require.h"
#include "scenarios/report.h"

namespace pidproof {

namespace {

constexpr char kNoThread[] = "no thread can be made here";

int LingersThreaded(int gate) {
  try {
    std::thread([] {
      report::Say(gettid());
      body::Lingers(0);
    }).join();
  } catch (const std::system_error&) {
    return 1;  // glibc makes threads by clone3, and does not take every refusal for its absence
  }
  return body::Lingers(gate);
}

}  // namespace

SecondThread::SecondThread() {
  sigset_t all;
  sigfillset(&all);
  Require(sigprocmask(SIG_BLOCK, &all, nullptr) == 0);
  try {
    thread_ = std::thread([this] { Run(); });
  } catch (const std::system_error&) {
    throw Unsupported(kNoThread);
  }
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

Threaded SpawnThreaded(Arena& arena) {
  report::Open();
  Child child = arena.Spawn(LingersThreaded);
  const std::optional<std::int64_t> thread = report::Hear();
  if (!thread) throw Unsupported(kNoThread);
  Require(*thread != child.pid());
  return {std::move(child), static_cast<pid_t>(*thread)};
}

}  // namespace pidproof
