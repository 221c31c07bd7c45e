#include "scenarios/torture/killer.h"

#include <utility>

#include "probes/system/processors.h"
#include "scenarios/fixtures/thread.h"

namespace pidproof::scenarios::torture {

Killer::Killer(const Method& method, TrialLoop& trials, const cpu_set_t& processors)
    : method_(method),
      flight_(*trials.config().flight),
      chance_(trials.chance()()),
      elsewhere_(processors) {
  const int here = sched_getcpu();
  if (here >= 0) CPU_CLR(static_cast<std::size_t>(here), &elsewhere_);
  thread_ = StartThread([this] { Hunt(); });
}

Killer::~Killer() {
  done_ = true;
  thread_.join();
}

void Killer::Show(std::uint64_t cycle, Target target) {
  Enter(cycle, kTarget);
  const std::uint64_t held = held_;
  if (held != 0 && held % kKept == cycle % kKept) return;
  targets_[cycle % kKept] = std::move(target);
  shown_ = cycle;
}

std::optional<Shot> Killer::TakeShot() {
  if (!shot_made_) return std::nullopt;
  if (failure_) std::rethrow_exception(failure_);
  const Shot shot = shot_;
  shot_made_ = false;
  return shot;
}

void Killer::Hunt() {
  const bool alone = AllowProcessors(elsewhere_);
  std::uint64_t last = 0;
  while (!done_) {
    if (!alone) sched_yield();
    const std::uint64_t cycle = shown_;
    if (cycle == 0 || cycle == last || shot_made_) continue;
    held_ = cycle;
    if (shown_ == cycle) {
      // Until it is released, its target is not replaced.
      last = cycle;
      shot_made_ = Shoot(cycle);
    }
    held_ = 0;
  }
}

bool Killer::Shoot(std::uint64_t cycle) {
  const Target& target = targets_[cycle % kKept];
  try {
    if (!method_.is_there(target)) return false;
    Think();
    shot_.cycle = cycle;
    shot_.before = phase_;
    shot_.sent = method_.signal(target);
    shot_.after = phase_;
    flight_.Note(1, "signal", shot_.sent);
  } catch (...) {
    failure_ = std::current_exception();
  }
  return true;
}

void Killer::Think() { SpinFor(std::uniform_int_distribution<std::int64_t>(0, most_)(chance_)); }

}  // namespace pidproof::scenarios::torture
