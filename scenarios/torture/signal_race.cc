// A signal races with the exit of its target, with its reaping, and with the reuse of its PID. A
// zombie can be signalled, without effect. Once it is reaped, the call fails with ESRCH and hits no
// process. Which came first is known from flags: an act that has not seen the other's flag began
// before the other ended.
#include <signal.h>

#include <atomic>
#include <cerrno>
#include <cstdint>
#include <optional>
#include <random>
#include <utility>

#include "probes/system/require.h"
#include "scenarios/fixtures/referee.h"
#include "scenarios/handle.h"
#include "scenarios/loop/baseline.h"
#include "scenarios/loop/race.h"
#include "scenarios/torture.h"

namespace pidproof::scenarios::torture::signal_race {
namespace {

// The first fatal signal decides how a process ends; where a tracer delivers signals one by one,
// the lower number comes first. So the tested signal is the lower one.
constexpr int kTested = SIGUSR1;
constexpr int kEnding = SIGUSR2;

constexpr std::string_view kSameByPid = "kill(2) gives the same guarantee until the PID is reused";

// The tested signal and the referee's, to a living child.
void SignalAgainstExit(Arena& arena, Path path, TrialLoop& trials) {
  MeasureBaseline(arena, trials);
  Arena::Stub child;
  std::optional<Handle> handle;
  std::atomic<bool> sent = false;
  bool sent_first = false;
  sys::Status status = 0;
  std::int64_t pause = 0;
  Race race(trials, {{"kill(SIGUSR2), waitid(WNOWAIT)",
                      [&] {
                        SpinFor(pause);
                        sent_first = sent;
                        return referee::End(child.pid, kEnding);
                      }},
                     {"signal(SIGUSR1)", [&]() -> CallResult {
                        status = handle->Signal(kTested);
                        sent = status.ok();
                        return status;
                      }}});
  // In every other trial the referee gives the tested signal a short lead.
  constexpr std::int64_t kLongest = 20'000;  // nanoseconds
  std::uniform_int_distribution<std::int64_t> draw(-kLongest, kLongest);
  while (trials.Next()) {
    sent = false;
    pause = draw(trials.chance());
    child = arena.SpawnWithPid(StubLife::kWaits, Handle::NeedsPidfdAtSpawn(path));
    handle.emplace(Handle::Of(child, path));
    race.Run();
    const sys::Status to_zombie = handle->Signal(kTested);
    const int end = referee::Reap(child.pid).si_status;
    const auto word = [&]() -> Outcome {
      if (!status.ok()) return Outcome::Of(status);
      if (!to_zombie.ok()) return Outcome::Of(to_zombie);
      if (end == kTested) return "hit";
      if (end != kEnding) return "another_end";
      return sent_first ? "lost" : "came_late";
    };
    trials.Record(word(), race.window());
  }
}

const Registered<Torture> kExit{{
    .name = "signal_race/exit",
    .question = "Is a signal refused or lost when it is sent to a process that ends?",
    .claims = {May("hit", "the signal came first and ended the process", "signal(7)"),
               May("came_late", "another signal ended the process: this one has no effect",
                   "kill(2) NOTES"),
               Never("esrch", "the process is not reaped: a zombie can be signalled", "kill(2)"),
               Never("lost", "sent before the other signal, but without effect",
                     "kernel/signal.c complete_signal")},
    .pidfd = {.needs = {"clone3/pidfd", "pidfd_send_signal"}},
    .no_control = kSameByPid,
    .loop = SignalAgainstExit,
    .faults = {"signal-lost", "zombie-dead"},
}};

// A signal to a zombie that is being reaped.
void SignalAgainstReap(Arena& arena, Path path, TrialLoop& trials) {
  MeasureBaseline(arena, trials);
  Arena::Stub child;
  std::optional<Handle> handle;
  std::atomic<bool> reaping = false;
  std::atomic<bool> reaped = false;
  bool began_before = false;
  bool after = false;
  sys::Status status = 0;
  Race race(trials, {{"waitid",
                      [&]() -> CallResult {
                        reaping = true;
                        const siginfo_t end = referee::Reap(child.pid);
                        reaped = true;
                        return end.si_status;
                      }},
                     {"signal(SIGUSR1)", [&]() -> CallResult {
                        after = reaped;
                        status = handle->Signal(kTested);
                        began_before = reaping;
                        return status;
                      }}});
  while (trials.Next()) {
    reaping = false;
    reaped = false;
    child = arena.SpawnWithPid(StubLife::kWaits, Handle::NeedsPidfdAtSpawn(path));
    handle.emplace(Handle::Of(child, path));
    referee::End(child.pid);
    const sys::Status earlier = handle->Signal(kTested);
    race.Run();
    const sys::Status later = handle->Signal(kTested);
    const auto word = [&]() -> Outcome {
      const bool too_early = status.error() == ESRCH && !began_before;
      if (too_early || earlier.error() == ESRCH) return "dead_early";
      if (!earlier.ok()) return Outcome::Of(earlier);
      if (status.ok() && after) return "sent_to_none";
      if (later.ok()) return "sent_to_none";
      if (later.error() != ESRCH) return Outcome::Of(later);
      return Outcome::Of(status);
    };
    trials.Record(word(), race.window());
  }
}

const Registered<Torture> kReap{{
    .name = "signal_race/reap",
    .question = "Is a zombie that is reaped as it is signalled reported consistently?",
    .claims = {May("ok", "the signal came first: a zombie accepts it", "kill(2)"),
               May("esrch", "the reaping came first", "kill(2)"),
               Never("dead_early", "refused before the zombie was reaped", "kill(2)"),
               Never("sent_to_none", "accepted after the zombie was reaped", "kill(2)")},
    .pidfd = {.needs = {"clone3/pidfd", "pidfd_send_signal"}},
    .no_control = kSameByPid,
    .loop = SignalAgainstReap,
    .faults = {"zombie-dead", "signal-lost"},
}};

// A signal to a zombie that is being reaped, and whose PID goes to a stranger at once, which is the
// zombie of the next trial.
void SignalAgainstReissue(Arena& arena, Path path, TrialLoop& trials) {
  MeasureBaseline(arena, trials);
  const bool with_pidfd = Handle::NeedsPidfdAtSpawn(path);
  Arena::Stub worker = arena.SpawnWithPid(StubLife::kWaits, with_pidfd);
  Arena::Stub stranger;
  std::optional<Handle> handle;
  std::atomic<bool> reissued = false;
  bool after = false;
  sys::Status status = 0;
  Race race(trials, {{"waitid, clone3(set_tid)",
                      [&]() -> CallResult {
                        referee::Reap(worker.pid);
                        // The PID is free between these lines.
                        stranger = arena.SpawnWithPid(StubLife::kWaits, with_pidfd);
                        reissued = true;
                        return stranger.pid;
                      }},
                     {"signal(SIGUSR1)", [&]() -> CallResult {
                        after = reissued;
                        status = handle->Signal(kTested);
                        return status;
                      }}});
  referee::End(worker.pid);
  while (trials.Next()) {
    reissued = false;
    handle.emplace(Handle::Of(worker, path));
    race.Run();
    const bool hit = referee::End(stranger.pid, kEnding).value == kTested;
    worker = std::exchange(stranger, {});
    // A signal sent entirely after the reuse can hit the stranger, too.
    trials.Record(hit ? Outcome("hit_stranger") : Outcome::Of(status),
                  after ? Window::kOpen : race.window());
  }
  referee::Reap(worker.pid);
}

const Registered<Torture> kReissue{{
    .name = "signal_race/reissue",
    .question =
        "Which process is signalled when a zombie is reaped and its PID reused as it is signalled?",
    .pidfd = {.needs = {"clone3/pidfd", "pidfd_send_signal"},
              .claims = {May("ok", "the signal came first: a zombie accepts it", "kill(2)"),
                         May("esrch", "the reaping came first", "pidfd_send_signal(2)"),
                         Never("hit_stranger", "a pidfd refers to a process, not to a PID",
                               "pidfd_open(2)")}},
    .legacy = {.claims = {May("ok", "the signal came first: a zombie accepts it", "kill(2)"),
                          May("esrch", "between the reaping and the reuse", "kill(2)"),
                          Hazard("hit_stranger", "kill(2) looks up the PID on each use",
                                 "kill(2)")}},
    .loop = SignalAgainstReissue,
    .faults = {"signal-stranger"},
}};

}  // namespace
}  // namespace pidproof::scenarios::torture::signal_race
