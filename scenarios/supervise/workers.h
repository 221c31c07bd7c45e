#pragma once

#include <signal.h>
#include <sys/types.h>
#include <time.h>

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <vector>

#include "scenarios/arena/arena.h"
#include "scenarios/arena/scripted_child.h"

namespace pidproof::scenarios::supervise {

// Their exit statuses.
inline constexpr int kCrashed = 1;
inline constexpr int kStopped = 2;

// What a supervisor knows of a worker. It is kept as long as anyone uses it, and the pidfd with it.
struct Worker {
  pid_t pid = 0;
  Fd pidfd;
  std::uint64_t generation = 0;  // of the workers in this place, from 1
};

// The workers, each in a place of the table.
class Workers {
 public:
  // with_pidfd: each is made with one. Blocks SIGUSR2, which stops a worker.
  Workers(Arena& arena, pid_t first_slot, std::size_t count, bool with_pidfd);

  // Makes a worker that crashes after that time unless it is stopped before, and puts it in its
  // place. The one before it must be reaped.
  std::shared_ptr<const Worker> Start(std::size_t place, std::chrono::nanoseconds life);
  std::size_t size() const { return table_.size(); }

  // What the table says. For any thread.
  std::shared_ptr<const Worker> At(std::size_t place) const;

 private:
  struct Script {
    std::array<Step, 4> steps;
    timespec life{};
  };

  Arena& arena_;
  const pid_t first_slot_;
  const bool with_pidfd_;
  sigset_t stop_;
  std::vector<std::unique_ptr<Script>> scripts_;
  mutable std::mutex mutex_;
  std::vector<std::shared_ptr<const Worker>> table_;
};

}  // namespace pidproof::scenarios::supervise
