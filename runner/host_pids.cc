#include "runner/host_pids.h"

#include <algorithm>
#include <limits>

#include "scenarios/torture.h"

namespace pidproof::runner {

namespace {

std::uint64_t Allowed(std::uint64_t pid_max, bool allow_pid_wrap) {
  constexpr std::uint64_t kUsualPidMax = 32768;
  // What the probes take; a small pid_max leaves less of it.
  constexpr std::uint64_t kForTheRest = 512;
  if (allow_pid_wrap) return std::numeric_limits<std::uint64_t>::max();
  const std::uint64_t half = (pid_max == 0 ? kUsualPidMax : pid_max) / 2;
  return half - std::min(kForTheRest, half / 2);
}

}  // namespace

HostPids::HostPids(std::uint64_t pid_max, bool allow_pid_wrap)
    : left_(Allowed(pid_max, allow_pid_wrap)) {}

std::size_t HostPids::MayFree(std::size_t wanted) const {
  return std::min(wanted, static_cast<std::size_t>(left_ / 4 * 3));
}

void HostPids::TakeFreed(std::size_t count) {
  places_ = count > 0;
  Take(count);
}

std::uint64_t HostPids::ForNextLoop() const {
  constexpr std::uint64_t kWhereFewUseAny = 16;
  const std::uint64_t even = loops_ == 0 ? left_ : left_ / loops_;
  return places_ ? std::max(even, left_ / kWhereFewUseAny) : even;
}

void HostPids::Take(std::uint64_t pids) {
  used_ += pids;
  left_ -= std::min(left_, pids);
}

std::uint64_t HostPidsOf(const CellRun& run) {
  constexpr std::uint64_t kWardenAndTrial = 2;
  return run.lacks.empty() ? run.tally.host_pids_used + kWardenAndTrial : 0;
}

std::size_t FreePidsFor(const std::vector<const scenarios::Scenario*>& chosen,
                        std::size_t workers) {
  constexpr std::size_t kSpare = 3;
  if (chosen.empty()) return 0;
  std::size_t most = workers;  // a conformance cell places one at a time
  for (const scenarios::Scenario* scenario : chosen) {
    if (!scenario->IsTorture()) continue;
    const auto pids = static_cast<std::size_t>(scenario->torture->pids);
    most = std::max(most, scenario->torture->single_cpu ? pids * workers : pids);
  }
  return most + kSpare;
}

std::vector<pid_t> FreePidsOfWorker(const std::vector<pid_t>& free_pids, std::size_t worker,
                                    std::size_t workers) {
  std::vector<pid_t> share;
  for (std::size_t i = worker; i < free_pids.size(); i += workers) share.push_back(free_pids[i]);
  return share;
}

}  // namespace pidproof::runner
