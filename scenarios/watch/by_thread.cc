// A thread for each child, blocked in a wait for it.
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <sys/wait.h>

#include <atomic>
#include <condition_variable>
#include <exception>
#include <mutex>
#include <thread>
#include <unordered_map>

#include "probes/system/require.h"
#include "probes/system/sys.h"
#include "probes/system/yield_until.h"
#include "scenarios/fixtures/thread.h"
#include "scenarios/watch/strategy.h"

namespace pidproof::scenarios::watch {

namespace {

// Interrupts the threads that still wait. It is not the signal that releases children.
constexpr int kInterrupt = SIGUSR2;

// The exit status; none where it was interrupted. Counts its calls.
using WaitFor = std::optional<int> (*)(pid_t child, std::uint64_t& calls);

class ThreadWatcher : public Watcher {
 public:
  explicit ThreadWatcher(WaitFor wait_for) : wait_for_(wait_for) {
    struct sigaction interrupt {};
    interrupt.sa_handler = [](int) {};
    Require(sigaction(kInterrupt, &interrupt, &before_) == 0);
  }

  ~ThreadWatcher() override {
    ending_ = true;
    for (auto& [child, waiter] : waiters_) {
      // One that was about to block has missed the signal.
      YieldUntil([&waiter = *waiter] {
        pthread_kill(waiter.thread.native_handle(), kInterrupt);
        return waiter.ended.load();
      });
      waiter->thread.join();
    }
    sigaction(kInterrupt, &before_, nullptr);
  }

  void Add(pid_t child) override {
    auto waiter = std::make_unique<Waiter>();
    waiter->thread = StartThread([this, child, waiter = waiter.get()] {
      try {
        Wait(child);
      } catch (...) {
        const std::lock_guard lock(mutex_);
        failure_ = std::current_exception();
        changed_.notify_one();
      }
      waiter->ended = true;
    });
    waiters_.emplace(child, std::move(waiter));
  }

  void Await(std::vector<Exit>& exits) override {
    std::vector<Exit> taken;
    {
      std::unique_lock lock(mutex_);
      Require(changed_.wait_for(lock, kPatience, [this] { return !exits_.empty() || failure_; }));
      if (failure_) std::rethrow_exception(failure_);
      taken.swap(exits_);
    }
    for (const Exit& exit : taken) {
      exits.push_back(exit);
      const auto found = waiters_.find(exit.pid);
      found->second->thread.join();
      waiters_.erase(found);
    }
  }

 private:
  struct Waiter {
    std::thread thread;
    std::atomic<bool> ended = false;
  };

  void Wait(pid_t child) {
    const std::int64_t began = ThreadCpuNs();
    std::uint64_t calls = 0;
    std::optional<int> status;
    while (!status && !ending_) status = wait_for_(child, calls);
    if (!status) return;
    const std::int64_t now = NowNs();
    const std::lock_guard lock(mutex_);
    exits_.push_back({.pid = child,
                      .status = status,
                      .in_hand_ns = now,
                      .other_cpu_ns = ThreadCpuNs() - began,
                      .other_calls = calls});
    changed_.notify_one();
  }

  const WaitFor wait_for_;
  struct sigaction before_ {};
  std::atomic<bool> ending_ = false;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<Exit> exits_;
  std::exception_ptr failure_;
  std::unordered_map<pid_t, std::unique_ptr<Waiter>> waiters_;
};

std::optional<int> Waitpid(pid_t child, std::uint64_t& calls) {
  int status = 0;
  ++calls;
  if (waitpid(child, &status, 0) == child) return WEXITSTATUS(status);
  Require(errno == EINTR);
  return std::nullopt;
}

std::optional<int> WaitidThenWait(pid_t child, std::uint64_t& calls) {
  ++calls;
  const Result<siginfo_t> ended = sys::Waitid(P_PID, child, WEXITED | WNOWAIT);
  if (ended.error() == EINTR) return std::nullopt;
  Require(ended);
  return Waitpid(child, calls);
}

constexpr std::size_t kMostThreads = 1'000;
constexpr std::size_t kMostOtherwise = 100;

const Registered<Strategy> kWaitpid{
    {.name = "thread_waitpid",
     .path = kLegacyPid,
     .mechanism = "a thread for each child, blocked in waitpid(2): JDK",
     .make = [] { return std::unique_ptr<Watcher>(new ThreadWatcher(Waitpid)); },
     .most_children = kMostThreads,
     .most_otherwise = kMostOtherwise}};
const Registered<Strategy> kWaitid{
    {.name = "thread_waitid_nowait",
     .path = kLegacyPid,
     .mechanism = "a thread for each child, blocked in waitid(2) with WNOWAIT, then wait4(2): "
                  "Go until 1.22",
     .make = [] { return std::unique_ptr<Watcher>(new ThreadWatcher(WaitidThenWait)); },
     .most_children = kMostThreads,
     .most_otherwise = kMostOtherwise}};

}  // namespace

}  // namespace pidproof::scenarios::watch
