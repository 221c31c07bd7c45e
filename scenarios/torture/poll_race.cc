// A process is polled as it exits, and as it is reaped. A supervisor to which an exit is reported
// too early waits for a status that is not there; one to which it is never reported waits for ever.
// The kernel marks the process and wakes its pollers in one step (kernel/exit.c exit_notify, under
// tasklist_lock): once waitid has seen the zombie its pidfd must be readable, and vice versa.
#include <poll.h>
#include <signal.h>

#include <atomic>
#include <cerrno>
#include <optional>
#include <utility>

#include "probes/system/require.h"
#include "scenarios/fixtures/referee.h"
#include "scenarios/handle.h"
#include "scenarios/loop/baseline.h"
#include "scenarios/loop/race.h"
#include "scenarios/tested.h"
#include "scenarios/torture.h"

namespace pidproof::scenarios::torture::poll_race {
namespace {

using referee::StateOf;

constexpr std::string_view kOneStep =
    "kernel/exit.c exit_notify marks and wakes under tasklist_lock, which waitid takes";

CallResult SawOf(const Result<bool>& reported) {
  return reported.ok() ? CallResult(*reported) : CallResult(reported);
}

// Two looks at a process: one as it exits, and one after waitid has seen the zombie.
struct Looks {
  bool after_end = false;  // whether the zombie had been observed before the first began
  Result<bool> racing = false;
  ProcessState then = ProcessState::kAlive;
  Result<bool> at_zombie = false;

  Outcome Word() const {
    for (const Result<bool>& reported : {racing, at_zombie}) {
      if (!reported.ok()) return Outcome::Of(reported.error());
    }
    // Not listed in the claims here: a PID cannot show it. poll_race/sleep checks it.
    if (*racing && then == ProcessState::kAlive) return "too_early";
    if (!*at_zombie || (after_end && !*racing)) return "seen_alive";
    return *racing ? "reported" : "not_yet";
  }
};

void PollAgainstExit(Arena& arena, Path path, TrialLoop& trials) {
  MeasureBaseline(arena, trials);
  Arena::Stub child;
  std::optional<Handle> handle;
  std::atomic<bool> ended = false;
  Looks looks;
  Race race(trials, {{"kill, waitid(WNOWAIT), look",
                      [&] {
                        referee::End(child.pid);
                        ended = true;
                        looks.at_zombie = handle->Ended();
                        return SawOf(looks.at_zombie);
                      }},
                     {"check whether it has ended", [&] {
                        looks.after_end = ended;
                        looks.racing = handle->Ended();
                        looks.then = StateOf(child.pid);
                        return SawOf(looks.racing);
                      }}});
  while (trials.Next()) {
    ended = false;
    child = arena.SpawnWithPid(StubLife::kWaits, Handle::NeedsPidfdAtSpawn(path));
    handle.emplace(Handle::Of(child, path));
    race.Run();
    referee::Reap(child.pid);
    // Every trial looks at a zombie just after waitid has found it, and may miss it.
    trials.Record(looks.Word(), Window::kOpen);
  }
}

const Registered<Torture> kExit{{
    .name = "poll_race/exit",
    .question =
        "Does poll report the end of a process neither too early nor too late when the two race?",
    .pidfd =
        {.needs = {"clone3/pidfd", "poll"},
         .claims = {May("reported", "readable once the process has ended", "pidfd_open(2) NOTES"),
                    May("not_yet", "not readable before the process has ended",
                        "pidfd_open(2) NOTES"),
                    Never("seen_alive", "a zombie that waitid has found is readable", kOneStep)}},
    .legacy = {.claims = {Hazard("seen_alive", "kill(pid, 0) succeeds on a zombie", "kill(2)")}},
    .loop = PollAgainstExit,
    .faults = {"lost-wakeup", "early-wakeup"},
}};

// One thread sleeps until the exit, another one kills.
void SleepAgainstExit(Arena& arena, Path path, TrialLoop& trials) {
  MeasureBaseline(arena, trials);
  Arena::Stub child;
  std::optional<Handle> handle;
  Result<bool> woken = false;
  ProcessState then = ProcessState::kAlive;
  Race race(trials, {{"kill, waitid(WNOWAIT)", [&] { return referee::End(child.pid); }},
                     {"poll until it has ended", [&] {
                        woken = handle->AwaitEnd();
                        then = StateOf(child.pid);
                        return SawOf(woken);
                      }}});
  while (trials.Next()) {
    child = arena.SpawnWithPid(StubLife::kWaits, Handle::NeedsPidfdAtSpawn(path));
    handle.emplace(Handle::Of(child, path));
    race.Run();
    referee::Reap(child.pid);
    if (!woken.ok()) {
      trials.Record(Outcome::Of(woken.error()), race.window());
    } else {
      const Outcome reported = then == ProcessState::kAlive ? "too_early" : "woken";
      trials.Record(*woken ? reported : "woken_without_event", race.window());
    }
  }
}

const Registered<Torture> kSleep{{
    .name = "poll_race/sleep",
    .question = "Is the wake-up lost when a process ends as poll begins to block?",
    .claims = {Must("woken", "the end wakes all pollers once it is visible", kOneStep),
               Never("woken_without_event", "woken without an event", "poll(2)"),
               Never("too_early", "an end was reported, but waitid finds no zombie", kOneStep)},
    .pidfd = {.needs = {"clone3/pidfd", "poll"}},
    .no_control = "waitid(P_PID, WNOWAIT) in the parent gives the same guarantee",
    .loop = SleepAgainstExit,
    .faults = {"lost-wakeup"},
}};

// What one look returns: the pidfd's revents, or whether the PID is in use.
using Asks = Outcome (*)(const Arena::Stub& child);
Outcome AskPidfd(const Arena::Stub& child) {
  const Result<short> ready = tested::Poll(child.pidfd.get(), POLLIN, 0);
  if (!ready.ok()) return Outcome::Of(ready.error());
  switch (*ready) {
    case 0:
      return "nothing";
    case POLLIN:
      return "in";
    case POLLIN | POLLHUP:
      return "in_hup";
    default:
      return "other_bits";
  }
}
Outcome AskPid(const Arena::Stub& child) {
  const sys::Status exists = sys::Kill(child.pid, 0);
  if (exists.ok()) return "nothing";
  return exists.error() == ESRCH ? "gone" : Outcome::Of(exists);
}
constexpr Asks kAsks[] = {AskPidfd, AskPid};  // by path

// A look at a zombie that is being reaped.
struct LateLook {
  bool after_reaping = false;
  Outcome reported = "nothing";
  ProcessState then = ProcessState::kAlive;

  // later: what is reported once it is surely reaped.
  Outcome Word(Outcome later) const {
    if (reported == Outcome("in_hup") && then != ProcessState::kDead) return "early_hup";
    if (reported == Outcome("in") && after_reaping) return "in_only";
    return later == Outcome("in_hup") || later == Outcome("gone") ? reported
           : later == Outcome("in")                               ? Outcome("in_only")
                                                                  : later;
  }
};

void PollAgainstReap(Arena& arena, Path path, TrialLoop& trials) {
  MeasureBaseline(arena, trials);
  const Asks ask = kAsks[static_cast<std::size_t>(path)];
  Arena::Stub child;
  std::atomic<bool> reaped = false;
  LateLook look;
  Race race(trials, {{"waitid",
                      [&]() -> CallResult {
                        const siginfo_t end = referee::Reap(child.pid);
                        reaped = true;
                        return end.si_status;
                      }},
                     {"check whether it has ended", [&]() -> CallResult {
                        look.after_reaping = reaped;
                        look.reported = ask(child);
                        look.then = StateOf(child.pid);
                        return look.reported == Outcome("nothing") ? 0 : 1;
                      }}});
  while (trials.Next()) {
    reaped = false;
    child = arena.SpawnWithPid(StubLife::kWaits, Handle::NeedsPidfdAtSpawn(path));
    referee::End(child.pid);
    race.Run();
    // A look that finds the zombie may return nothing, whether it overlapped with the reaping or
    // not.
    trials.Record(look.Word(ask(child)), look.after_reaping ? race.window() : Window::kOpen);
  }
}

const Registered<Torture> kReap{{
    .name = "poll_race/reap",
    .question = "Can a process look as if it had not ended when it is reaped as poll looks?",
    .pidfd =
        {.needs = {"clone3/pidfd", "poll"},
         .claims =
             {May("in", "poll came first: a zombie", "pidfd_open(2) NOTES").Since(eras::kHangup),
              May("in_hup", "the reaping came first", "Linux 6.9 pidfd_poll").Since(eras::kHangup),
              May("in_only", "the reaping does not change readability", "kernel/fork.c pidfd_poll")
                  .Until(eras::kHangup),
              Never("nothing", "an ended process stays readable", "pidfd_open(2) NOTES")}},
    .legacy = {.claims = {May("gone", "no process has this PID", "kill(2)"),
                          Hazard("nothing", "kill(pid, 0) succeeds on a zombie", "kill(2)")}},
    .loop = PollAgainstReap,
    .faults = {"lost-wakeup"},
}};

}  // namespace
}  // namespace pidproof::scenarios::torture::poll_race
