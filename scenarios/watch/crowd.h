// Children whose death is stamped by themselves.
#pragma once

#include <signal.h>
#include <sys/types.h>
#include <time.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <random>
#include <unordered_map>
#include <vector>

#include "scenarios/arena/arena.h"
#include "scenarios/arena/scripted_child.h"

namespace pidproof::scenarios::watch {

// Living children of this process, which sleep and share its memory and its descriptors. They die
// with the thread that made them. SIGUSR1 is blocked in this process from then on.
class Crowd {
 public:
  // first_slot: the arena's slot whose PID the first child takes, where PIDs can be chosen; the
  // others take the ones behind it, and a new child that of one that was reaped.
  explicit Crowd(Arena& arena, pid_t first_slot = 0);
  // Kills and reaps those that are left.
  ~Crowd();
  Crowd(const Crowd&) = delete;

  // A new child, which exits with that status once it is released. Throws Unsupported where there
  // can be no more.
  pid_t Spawn(int status = 0);
  // Lets it exit. It must be a child that is not released yet, so that its PID is its own. May be
  // called by another thread while this one calls nothing here but DiedAtNs and Bury.
  static void Release(pid_t child);
  // When a child that was reaped took the clock, as its last act before exit(2) (NowNs).
  std::int64_t DiedAtNs(pid_t child) const;
  // Forgets a child that was reaped.
  void Bury(pid_t child);

  std::size_t size() const { return order_.size(); }
  // That many different children, at random.
  std::vector<pid_t> Draw(std::size_t count, std::mt19937& random);

 private:
  struct Life {
    std::array<Step, 4> steps;
    timespec died{};
    std::size_t place = 0;  // in order_
    pid_t slot = 0;
  };
  std::unique_ptr<Life> Born();
  pid_t Clone(Step& first, pid_t slot);

  Arena& arena_;
  pid_t next_slot_;
  sigset_t release_;
  std::unordered_map<pid_t, std::unique_ptr<Life>> living_;
  std::vector<pid_t> order_;
  std::vector<std::unique_ptr<Life>> unused_;
};

}  // namespace pidproof::scenarios::watch
