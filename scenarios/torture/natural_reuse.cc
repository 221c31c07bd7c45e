// The moment of reuse is not arranged: a churner makes a target, publishes its PID, lets it exit,
// and lets a stranger have the PID, over and over; a killer on another processor checks the target,
// thinks, and signals, as a supervisor of foreign processes does. PIDs are placed, in place of a
// walk through all of them; the timing between check and signal is left to the scheduler. The
// killer thinks for a random part of a churn period: without that a stranger is hardly ever hit,
// with it up to every third signal hits one.
#include <sched.h>
#include <signal.h>

#include <algorithm>
#include <array>
#include <optional>
#include <random>
#include <utility>
#include <vector>

#include "probes/system/processors.h"
#include "probes/system/require.h"
#include "scenarios/fixtures/proc.h"
#include "scenarios/loop/baseline.h"
#include "scenarios/torture.h"
#include "scenarios/torture/killer.h"

namespace pidproof::scenarios::torture::natural_reuse {
namespace {

struct Answer {
  Outcome word;
  Window window;
};

// hits: whether the strangers of the last cycles were hit, since a shot may be reported late.
template <std::size_t kCycles>
Answer Judge(const Shot& shot, std::uint64_t cycle, const std::array<bool, kCycles>& hits) {
  const std::uint64_t shot_at = shot.before / kPhases;
  if (shot.sent.ok()) {
    const bool missed =
        shot.WasAllIn(kStranger) && cycle - shot_at < kCycles && !hits[shot_at % kCycles];
    return {missed ? "sent_to_none" : "sent", Window::kClosed};
  }
  if (shot.sent.error() != ESRCH) return {Outcome::Of(shot.sent), Window::kClosed};
  const bool of_own = shot.WasAllIn(kTarget) && shot.cycle == shot_at;
  if (of_own) return {"missed_target", Window::kClosed};
  return {"esrch", shot.WasAllIn(kStranger) ? Window::kOpen : Window::kNear};
}

// One target, and one stranger with its PID. Returns whether the stranger was hit.
bool Cycle(Arena& arena, Path path, std::uint64_t cycle, const Method& method,
           std::int64_t lifetime, Killer& killer) {
  Arena::Stub target = arena.SpawnWithPid(StubLife::kWaits, Handle::NeedsPidfdAtSpawn(path));
  const pid_t pid = target.pid;
  const std::uint64_t started = method.compares_start ? Require(proc::StartTime(pid)) : 0;
  killer.Show(cycle, {path, pid, started, Handle::From(pid, std::move(target.pidfd), path)});
  Require(sys::Kill(pid, SIGKILL));
  killer.Enter(cycle, kBefore);
  Require(sys::Waitid(P_PID, pid, WEXITED));
  killer.Hide();
  // Free since the target was reaped; taken by the stranger here.
  const Arena::Stub stranger = arena.SpawnWithPid(StubLife::kWaits, false);
  killer.Enter(cycle, kStranger);
  SpinFor(lifetime);
  killer.Enter(cycle, kAfter);
  return arena.End(stranger, SIGUSR2).si_status == SIGUSR1;
}

void Churn(Arena& arena, Path path, TrialLoop& trials, const Method& method) {
  constexpr std::int64_t kLongest = 1'000'000'000;  // nanoseconds
  MeasureBaseline(arena, trials, Handle::NeedsPidfdAtSpawn(path));
  trials.OpenedBy(std::string("natural timing; PID placed by ").append(arena.pid_method()));
  trials.Actors({"churner", "killer"});
  const cpu_set_t processors = AllowedProcessors();
  const OnOneProcessor here;
  Killer killer(method, trials, processors);
  std::array<bool, 16> hits{};
  std::int64_t period = 0;  // of a cycle, learnt
  for (std::int64_t begun = ClockNow(); trials.Next();) {
    const std::uint64_t cycle = trials.trial();
    std::uniform_int_distribution<std::int64_t> lifetime(0, period / 2);
    const bool hit = Cycle(arena, path, cycle, method, lifetime(trials.chance()), killer);
    hits[cycle % hits.size()] = hit;
    const std::int64_t now = ClockNow();
    period += (std::min(now - begun, kLongest) - period) / 16;
    begun = now;
    killer.ThinkFor(period);
    const std::optional<Shot> shot = killer.TakeShot();
    const Answer answer =
        shot ? Judge(*shot, cycle, hits) : Answer{"not_signalled", Window::kClosed};
    hit ? trials.Record("hit_stranger", Window::kOpen) : trials.Record(answer.word, answer.window);
  }
}

bool Answers(const Target& target) { return target.handle->Signal(0).ok(); }
bool HasSameStart(const Target& target) {
  const Result<std::uint64_t> started = proc::StartTime(target.pid);
  return started.ok() && *started == target.started;
}
sys::Status SignalHandle(const Target& target) { return target.handle->Signal(SIGUSR1); }
sys::Status OpenAndSignal(const Target& target) {
  const Result<Handle> late = Handle::ToPid(target.pid, target.path);
  return late.ok() ? late->Signal(SIGUSR1) : sys::Status::Errno(late.error());
}

// The claims of both paths, except for the harm.
const std::vector<Claim> kClaims = {
    May("sent", "the signal came before the target was reaped", "kill(2)"),
    May("esrch", "the target was gone", "kill(2)"),
    May("not_signalled", "the check failed or the killer had not reached it", "kill(2)"),
    Never("sent_to_none", "the target was gone, and the new owner of the PID was not signalled",
          "kill(2)"),
    Never("missed_target", "the target was not reaped: it still had the PID", "kill(2)")};
constexpr std::string_view kNoControl =
    "a signal to a stranger by PID is the control; a lost signal is observed on neither path";

const Registered<Torture> kSignal{{
    .name = "natural_reuse/signal",
    .question =
        "Which process is signalled when it is checked first and processes come and go meanwhile?",
    .claims = kClaims,
    .pidfd = {.needs = {"clone3/pidfd", "pidfd_send_signal"},
              .claims = {Never("hit_stranger", "a pidfd refers to a process, not to a PID",
                               "pidfd_open(2)")}},
    .legacy = {.claims = {Hazard("hit_stranger",
                                 "the process that was checked is not the one that is signalled",
                                 "kill(2)")}},
    .no_control = kNoControl,
    .loop =
        [](Arena& arena, Path path, TrialLoop& trials) {
          Churn(arena, path, trials, {Answers, SignalHandle});
        },
    .faults = {"signal-stranger", "signal-lost"},
}};

const Registered<Torture> kOpen{{
    .name = "natural_reuse/open",
    .question = "Which process is signalled by a pidfd opened from a PID that was checked earlier?",
    .claims = kClaims,
    .pidfd =
        {.needs = {"clone3/pidfd", "pidfd_open", "pidfd_send_signal"},
         .claims = {Hazard("hit_stranger", "pidfd_open trusts the PID, which was checked too early",
                           "pidfd_open(2) NOTES"),
                    May("einval",
                        "the target was reaped during the lookup, which gave EINVAL before 6.16",
                        "kernel/fork.c pidfd_prepare")}},
    .legacy = {.claims = {Hazard("hit_stranger",
                                 "the process that was checked is not the one that is signalled",
                                 "kill(2)")}},
    .no_control = kNoControl,
    .loop =
        [](Arena& arena, Path path, TrialLoop& trials) {
          Churn(arena, path, trials, {Answers, OpenAndSignal});
        },
    .faults = {"signal-lost"},
}};

const Registered<Torture> kStartTime{{
    .name = "natural_reuse/start_time",
    .question =
        "Which process is signalled after a check of its start time while processes come and go?",
    .claims = kClaims,
    .pidfd = {.needs = {"clone3/pidfd", "pidfd_send_signal"},
              .claims = {Never("hit_stranger", "a pidfd refers to a process, not to a PID",
                               "pidfd_open(2)")}},
    .legacy = {.claims = {Hazard(
                   "hit_stranger",
                   "the start time matched when it was read; a thorough check takes longer",
                   "proc_pid_stat(5), kill(2)")}},
    .no_control = kNoControl,
    .loop =
        [](Arena& arena, Path path, TrialLoop& trials) {
          proc::ShowOwn();
          Churn(arena, path, trials, {HasSameStart, SignalHandle, true});
        },
    .faults = {"signal-stranger", "signal-lost"},
}};

}  // namespace
}  // namespace pidproof::scenarios::torture::natural_reuse
