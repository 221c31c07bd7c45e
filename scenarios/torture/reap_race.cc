// Several threads wait for one child at once. They sleep in the wait before the child ends, or come
// to it as it ends: the kernel decides, trial by trial.
#include <array>
#include <atomic>
#include <cerrno>
#include <thread>
#include <utility>

#include "probes/require.h"
#include "scenarios/floor.h"
#include "scenarios/handle.h"
#include "scenarios/props/thread.h"
#include "scenarios/scenario.h"

namespace pidproof {
namespace {

constexpr std::size_t kWaiters = 2;

// Waiters that are let go together, once a round, and told apart by their place.
class Waiters {
 public:
  Waiters() {
    try {
      for (std::size_t i = 0; i < kWaiters; ++i)
        threads_[i] = StartThread([this, i] { Follow(i); });
    } catch (const Unsupported&) {
      Dismiss();
      throw;
    }
  }
  ~Waiters() { Dismiss(); }

  // All wait for the target; begin is called once they have been let go.
  template <typename Begin>
  const std::array<Result<siginfo_t>, kWaiters>& Round(const Handle& target, Begin begin) {
    target_ = &target;
    Release();
    begin();
    for (int left = pending_; left != 0; left = pending_) pending_.wait(left);
    return results_;
  }

 private:
  void Release() {
    pending_ = kWaiters;
    ++round_;
    round_.notify_all();
  }

  void Dismiss() {
    target_ = nullptr;
    Release();
    for (std::thread& thread : threads_) {
      if (thread.joinable()) thread.join();
    }
  }

  void Follow(std::size_t place) {
    for (int seen = 0;; ++seen) {
      round_.wait(seen);
      if (target_ == nullptr) return;
      results_[place] = target_->Wait();
      if (--pending_ == 0) pending_.notify_one();
    }
  }

  const Handle* target_ = nullptr;
  std::atomic<int> round_ = 0;
  std::atomic<int> pending_ = 0;
  std::array<Result<siginfo_t>, kWaiters> results_{Result<siginfo_t>::Errno(0),
                                                   Result<siginfo_t>::Errno(0)};
  std::array<std::thread, kWaiters> threads_;
};

Outcome Winners(const std::array<Result<siginfo_t>, kWaiters>& results) {
  std::size_t winners = 0;
  for (const Result<siginfo_t>& result : results) {
    if (result.ok()) ++winners;
    if (!result.ok() && result.error() != ECHILD) return Outcome::Of(result.error());
  }
  if (winners == 1) return "one_winner";
  return winners == 0 ? "no_winner" : "two_winners";
}

const Registered<Scenario> kTwoWaiters{{
    .name = "reap_race/two_waiters",
    .asks = "Two threads wait for the same child as it ends: does exactly one get the status?",
    .kind = Scenario::kTorture,
    .pidfd_needs = {"clone3/pidfd", "waitid/p_pidfd"},
    .claims = {{kPidfd, "one_winner", kMust, "a status is handed out once", "wait(2)"},
               {kPidfd, "two_winners", kNever, "a status handed out twice", "wait(2)"},
               {kPidfd, "no_winner", kNever, "a status lost", "wait(2)"},
               {kLegacyPid, "one_winner", kMust, "a status is handed out once", "wait(2)"},
               {kLegacyPid, "two_winners", kNever, "a status handed out twice", "wait(2)"},
               {kLegacyPid, "no_winner", kNever, "a status lost", "wait(2)"}},
    .no_control = "waiting by number gives the same guarantee while the number is not reissued",
    .torture =
        [](Arena& arena, Path path, Scribe& scribe) {
          MeasureFloor(arena, scribe);
          Waiters waiters;
          while (scribe.More()) {
            Arena::Stub child = arena.SpawnDealt(StubLife::kWaits, Handle::BornWithPidfd(path));
            const Handle handle = Handle::From(child.pid, std::move(child.pidfd), path);
            scribe.Add(Winners(waiters.Round(handle, [&] { sys::Kill(child.pid, SIGKILL); })));
          }
        },
}};

}  // namespace
}  // namespace pidproof
