#include "scenarios/supervise/supervise.h"

#include <algorithm>
#include <unordered_map>
#include <vector>

#include "probes/system/require.h"
#include "scenarios/handle.h"
#include "scenarios/supervise/stopper.h"
#include "scenarios/supervise/workers.h"

namespace pidproof::scenarios::supervise {

namespace {

using watch::Exit;

class Supervisor {
 public:
  Supervisor(const Work& work, Arena& arena, std::mt19937& random)
      : work_(work),
        random_(random),
        workers_(arena, work.first_slot, work.workers,
                 Handle::NeedsPidfdAtSpawn(work.strategy->path)),
        watcher_(work.strategy->make()) {}

  Record Run() {
    for (std::size_t place = 0; place < workers_.size(); ++place) Start(place);
    Stopper stopper(workers_, random_());
    const OnOneProcessor here;
    const std::int64_t began = watch::NowNs();
    const std::int64_t cpu = watch::ThreadCpuNs();
    for (std::uint64_t left = work_.restarts; left > 0;) left -= RestartSome(left, stopper);
    record_.elapsed_ns = watch::NowNs() - began;
    record_.cpu_ns = watch::ThreadCpuNs() - cpu;
    stopper.End();
    record_.stops = stopper.sent();
    AwaitTheLast();
    return record_;
  }

 private:
  // More of them crash than can be restarted, so that the supervisor is never idle.
  std::chrono::nanoseconds Life() {
    constexpr std::int64_t kFasterThanRestarts = 40'000;
    const auto most = static_cast<std::int64_t>(work_.workers) * kFasterThanRestarts;
    return std::chrono::nanoseconds(std::uniform_int_distribution<std::int64_t>(1, most)(random_));
  }

  void Start(std::size_t place) {
    const std::shared_ptr<const Worker> worker = workers_.Start(place, Life());
    if (worker->pid != Arena::kFirstPid + work_.first_slot + static_cast<pid_t>(place)) {
      record_.same_pids = false;
    }
    watcher_->Add(worker->pid);
    places_.emplace(worker->pid, place);
  }

  // At most so many, which may be fewer than have ended.
  std::uint64_t RestartSome(std::uint64_t most, const Stopper& stopper) {
    std::vector<Exit> exits;
    watcher_->Await(exits);
    // All of them first: where PIDs cannot be chosen, a new worker may have that of any.
    std::vector<std::size_t> vacant;
    for (const Exit& exit : exits) {
      const auto found = places_.find(exit.pid);
      if (found == places_.end()) {
        ++record_.doubled;
        continue;
      }
      const std::size_t place = found->second;
      places_.erase(found);
      if (exit.status == kStopped && stopper.AimedAt(place) != workers_.At(place)->generation) {
        ++record_.misdirected;
      }
      vacant.push_back(place);
    }
    vacant.resize(std::min<std::size_t>(vacant.size(), most));
    for (const std::size_t place : vacant) Start(place);
    return vacant.size();
  }

  // They crash by themselves.
  void AwaitTheLast() {
    while (!places_.empty()) {
      std::vector<Exit> exits;
      try {
        watcher_->Await(exits);
      } catch (const Broken&) {
        record_.lost = places_.size();
        return;
      }
      for (const Exit& exit : exits) record_.doubled += places_.erase(exit.pid) == 0 ? 1 : 0;
    }
  }

  const Work work_;
  std::mt19937& random_;
  Workers workers_;
  std::unique_ptr<watch::Watcher> watcher_;
  std::unordered_map<pid_t, std::size_t> places_;
  Record record_;
};

}  // namespace

Record Supervise(const Work& work, Arena& arena, std::mt19937& random) {
  return Supervisor(work, arena, random).Run();
}

}  // namespace pidproof::scenarios::supervise
