#include "scenarios/watch/crowd.h"

#include <fmt/format.h>
#include <sched.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include <utility>

#include "probes/system/require.h"
#include "probes/system/sys.h"

namespace pidproof::scenarios::watch {

Crowd::Crowd(Arena& arena, pid_t first_slot) : arena_(arena), next_slot_(first_slot) {
  sigemptyset(&release_);
  sigaddset(&release_, SIGUSR1);
  Require(sigprocmask(SIG_BLOCK, &release_, nullptr) == 0);
}

Crowd::~Crowd() {
  // Our unreaped children. Waits fail where something has reaped one already, and need no report.
  for (const pid_t child : order_) static_cast<void>(sys::Kill(child, SIGKILL));
  for (const pid_t child : order_) static_cast<void>(sys::Waitid(P_PID, child, WEXITED));
}

std::unique_ptr<Crowd::Life> Crowd::Born() {
  if (unused_.empty()) {
    auto life = std::make_unique<Life>();
    life->slot = next_slot_++;
    return life;
  }
  std::unique_ptr<Life> life = std::move(unused_.back());
  unused_.pop_back();
  return life;
}

pid_t Crowd::Spawn(int status) {
  std::unique_ptr<Life> life = Born();
  auto& [tied, asleep, stamps, exits] = life->steps;
  tied.Set(SYS_prctl, {PR_SET_PDEATHSIG, SIGKILL}, asleep);
  asleep.Set(SYS_rt_sigtimedwait, {AddressOf(release_), 0, 0, kSignalSetSize}, asleep);
  asleep.positive = &stamps;
  stamps.Set(SYS_clock_gettime, {CLOCK_MONOTONIC, AddressOf(life->died)}, exits);
  exits.Repeat(SYS_exit, {status});
  const pid_t child = Clone(tied, life->slot);
  life->place = order_.size();
  order_.push_back(child);
  living_[child] = std::move(life);
  return child;
}

pid_t Crowd::Clone(Step& first, pid_t slot) {
  try {
    return SpawnScripted(arena_, first,
                         {.slot = slot, .sharing = CLONE_VM | CLONE_FILES | CLONE_FS})
        .pid;
  } catch (const Unsupported& refused) {
    throw Unsupported(fmt::format("needs {} processes: {}", size() + 1, refused.what()));
  }
}

void Crowd::Release(pid_t child) { Require(sys::Kill(child, SIGUSR1)); }

std::int64_t Crowd::DiedAtNs(pid_t child) const {
  const timespec& died = living_.at(child)->died;
  return died.tv_sec * std::int64_t{1'000'000'000} + died.tv_nsec;
}

void Crowd::Bury(pid_t child) {
  const auto found = living_.find(child);
  Require(found != living_.end());
  const std::size_t place = found->second->place;
  order_[place] = order_.back();
  living_.at(order_[place])->place = place;
  order_.pop_back();
  unused_.push_back(std::move(found->second));
  living_.erase(found);
}

std::vector<pid_t> Crowd::Draw(std::size_t count, std::mt19937& random) {
  // The first places are exchanged with others at random.
  for (std::size_t at = 0; at < count; ++at) {
    const std::size_t other = std::uniform_int_distribution(at, order_.size() - 1)(random);
    std::swap(order_[at], order_[other]);
    living_.at(order_[at])->place = at;
    living_.at(order_[other])->place = other;
  }
  return {order_.begin(), order_.begin() + static_cast<std::ptrdiff_t>(count)};
}

}  // namespace pidproof::scenarios::watch
