#include "scenarios/supervise/workers.h"

#include <sys/prctl.h>
#include <sys/syscall.h>

#include "probes/system/require.h"

namespace pidproof::scenarios::supervise {

Workers::Workers(Arena& arena, pid_t first_slot, std::size_t count, bool with_pidfd)
    : arena_(arena), first_slot_(first_slot), with_pidfd_(with_pidfd), table_(count) {
  sigemptyset(&stop_);
  sigaddset(&stop_, SIGUSR2);
  Require(sigprocmask(SIG_BLOCK, &stop_, nullptr) == 0);
  while (scripts_.size() < count) scripts_.push_back(std::make_unique<Script>());
}

std::shared_ptr<const Worker> Workers::Start(std::size_t place, std::chrono::nanoseconds life) {
  Script& script = *scripts_[place];
  script.life = {.tv_sec = life.count() / 1'000'000'000, .tv_nsec = life.count() % 1'000'000'000};
  auto& [tied, waits, stopped, crashes] = script.steps;
  tied.Set(SYS_prctl, {PR_SET_PDEATHSIG, SIGKILL}, waits);
  waits.Set(SYS_rt_sigtimedwait, {AddressOf(stop_), 0, AddressOf(script.life), kSignalSetSize},
            crashes);
  waits.positive = &stopped;
  stopped.Repeat(SYS_exit, {kStopped});
  crashes.Repeat(SYS_exit, {kCrashed});
  const pid_t slot = first_slot_ + static_cast<pid_t>(place);
  Arena::Stub stub =
      SpawnScripted(arena_, tied, {.slot = slot, .with_pidfd = with_pidfd_, .sharing = CLONE_VM});
  const std::shared_ptr<const Worker> before = At(place);
  auto made = std::make_shared<const Worker>(
      Worker{stub.pid, std::move(stub.pidfd), before ? before->generation + 1 : 1});
  const std::lock_guard lock(mutex_);
  table_[place] = made;
  return made;
}

std::shared_ptr<const Worker> Workers::At(std::size_t place) const {
  const std::lock_guard lock(mutex_);
  return table_[place];
}

}  // namespace pidproof::scenarios::supervise
