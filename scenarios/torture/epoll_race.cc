// An event loop watches a process as it exits, and as it is reaped. epoll(7) keeps its own list of
// ready descriptors: an event that comes while the list is read, or while the descriptor is being
// added, must neither be lost nor, where the watch is edge-triggered, be reported twice. A loop
// that misses the exit of a worker waits for it for ever; one that counts it twice counts a worker
// that does not exist.
#include <signal.h>
#include <sys/epoll.h>

#include <cstdint>

#include "scenarios/fixtures/event_loop.h"
#include "scenarios/fixtures/referee.h"
#include "scenarios/loop/baseline.h"
#include "scenarios/loop/race.h"
#include "scenarios/torture.h"

namespace pidproof::scenarios::torture::epoll_race {
namespace {

using referee::StateOf;

constexpr std::string_view kNoLegacy = "a PID cannot be registered";
constexpr std::string_view kNoControl =
    "a PID cannot be watched; the scenario checks only that each event is reported";
constexpr std::string_view kOneStep =
    "kernel/exit.c exit_notify marks and wakes under tasklist_lock, which waitid takes";

// What epoll reported of the exit of one process.
struct Reports {
  Found racing;  // by the call that raced with the exit, and the state of the process just after
  ProcessState then = ProcessState::kAlive;
  Found after_end;
  Found after_reaping;

  int OfEnd() const { return racing.count + after_end.count; }
  // The outcome for errors that all kinds of watches share; empty if there is none.
  Outcome Wrong() const {
    for (const Found& found : {racing, after_end, after_reaping}) {
      if (found.error != 0) return Outcome::Of(found.error);
    }
    if (racing.count > 0 && then == ProcessState::kAlive) return "too_early";
    if (OfEnd() == 0) return "lost";
    const std::uint32_t of_end = after_end.count > 0 ? after_end.bits : racing.bits;
    return of_end == EPOLLIN ? "" : "other_bits";
  }
};

struct Watched {
  EventLoop loop;
  Arena::Stub child;
  Reports reports;

  void Look(int timeout) {
    reports.racing = loop.Next(timeout);
    reports.then = StateOf(child.pid);
  }
  // Takes all that is reported of the end, has the child reaped, and takes what that adds.
  void DrainAroundReaping() {
    reports.after_end = loop.Drain();
    referee::Reap(child.pid);
    reports.after_reaping = loop.Drain();
  }
};

// The first act kills the child, the other looks as `acts` says; then judge looks again, has the
// child reaped, and returns the outcome.
template <typename Judge>
void Watch(Arena& arena, TrialLoop& trials, std::uint32_t events, Race::Act (*looks)(Watched&),
           Judge judge) {
  MeasureBaseline(arena, trials);
  Watched watched;
  const bool added_before = events != 0;
  Race race(trials, {{"kill, waitid(WNOWAIT)", [&] { return referee::End(watched.child.pid); }},
                     looks(watched)});
  while (trials.Next()) {
    watched.child = arena.SpawnWithPid(StubLife::kWaits, true);
    watched.reports = {};
    if (added_before) watched.loop.Register(watched.child.pidfd.get(), events);
    race.Run();
    trials.Record(judge(watched), race.window());
  }
}

Race::Act LooksNow(Watched& watched) {
  return {"epoll_wait(0)", [&watched]() -> CallResult {
            watched.Look(0);
            return watched.reports.racing.count;
          }};
}

Race::Act Sleeps(Watched& watched) {
  return {"epoll_wait(-1)", [&watched]() -> CallResult {
            watched.Look(-1);
            return watched.reports.racing.count;
          }};
}

constexpr std::uint32_t kHungUp = EPOLLIN | EPOLLHUP;

const Registered<Torture> kLevel{{
    .name = "epoll_race/level",
    .question = "Does level-triggered epoll wake up when the process ends as it blocks, and keep "
                "reporting?",
    .pidfd = {.needs = {"clone3/pidfd", "epoll"},
              .claims = {Must("reported", "the end wakes the loop and stays ready", "epoll(7)"),
                         Never("lost", "the end was not reported to the loop", "epoll_wait(2)"),
                         Never("lost_later", "the descriptor was ready and no longer is",
                               "epoll(7)"),
                         Never("too_early", "an end was reported, but waitid finds no zombie",
                               kOneStep)}},
    .legacy = NotPossible(kNoLegacy),
    .no_control = kNoControl,
    .loop =
        [](Arena& arena, Path, TrialLoop& trials) {
          Watch(arena, trials, EPOLLIN, Sleeps, [](Watched& watched) -> Outcome {
            Reports& reports = watched.reports;
            reports.after_end = watched.loop.Next(0);
            referee::Reap(watched.child.pid);
            reports.after_reaping = watched.loop.Next(0);
            if (const Outcome wrong = reports.Wrong(); !wrong.word.empty()) return wrong;
            if (reports.racing.count == 0) return "lost";
            return reports.after_end.count == 1 && reports.after_reaping.count == 1 ? "reported"
                                                                                    : "lost_later";
          });
        },
    .faults = {"lost-wakeup"},
}};

const Registered<Torture> kEdge{{
    .name = "epoll_race/edge",
    .question = "Does edge-triggered epoll report end and reaping once each when it looks as the "
                "process ends?",
    .pidfd =
        {.needs = {"clone3/pidfd", "epoll"},
         .claims =
             {Must("once_each", "one event for the end and one for the reaping",
                   "Linux 6.9 pidfd_poll")
                  .Since(eras::kHangup),
              May("once", "one event for the end and none for the reaping",
                  "kernel/fork.c pidfd_poll")
                  .Until(eras::kHangup),
              Never("lost", "the end was an edge but was not reported", "epoll(7)"),
              Hazard("twice", "the end wakes twice: a loop that looks in between gets two events",
                     "Linux 6.12.31 kernel/exit.c exit_notify, kernel/signal.c do_notify_parent")
                  .Until(eras::kOneWakeUp)
                  .Bug("exit-wakes-twice"),
              Never("twice_at_reaping", "the reaping wakes once but was reported twice",
                    "kernel/pid.c __change_pid"),
              Never("too_early", "an end was reported, but waitid finds no zombie", kOneStep)}},
    .legacy = NotPossible(kNoLegacy),
    .no_control = kNoControl,
    .loop =
        [](Arena& arena, Path, TrialLoop& trials) {
          Watch(arena, trials, EPOLLIN | EPOLLET, LooksNow, [](Watched& watched) -> Outcome {
            Reports& reports = watched.reports;
            watched.DrainAroundReaping();
            if (const Outcome wrong = reports.Wrong(); !wrong.word.empty()) return wrong;
            if (reports.OfEnd() > 1) return "twice";
            if (reports.after_reaping.count == 0) return "once";
            if (reports.after_reaping.bits != kHungUp) return "other_bits";
            return reports.after_reaping.count == 1 ? "once_each" : "twice_at_reaping";
          });
        },
    .faults = {"lost-wakeup"},
}};

const Registered<Torture> kOneShot{{
    .name = "epoll_race/one_shot",
    .question =
        "Does one-shot epoll report the end exactly once when it looks as the process ends?",
    .pidfd = {.needs = {"clone3/pidfd", "epoll"},
              .claims = {Must("once", "the first event disables the registration, and none is lost",
                              "epoll_ctl(2)"),
                         Never("lost", "the pidfd was registered, but nothing was reported",
                               "epoll_ctl(2)"),
                         Never("twice", "the registration was disabled, but an event was reported",
                               "epoll_ctl(2)"),
                         Never("lost_armed_again",
                               "the registration was armed again, but nothing was reported",
                               "epoll_ctl(2)"),
                         Never("too_early", "an end was reported, but waitid finds no zombie",
                               kOneStep)}},
    .legacy = NotPossible(kNoLegacy),
    .no_control = kNoControl,
    .loop =
        [](Arena& arena, Path, TrialLoop& trials) {
          constexpr std::uint32_t kOnce = EPOLLIN | EPOLLONESHOT;
          Watch(arena, trials, kOnce, LooksNow, [](Watched& watched) -> Outcome {
            Reports& reports = watched.reports;
            watched.DrainAroundReaping();
            watched.loop.Register(watched.child.pidfd.get(), kOnce, EPOLL_CTL_MOD);
            const Found again = watched.loop.Drain();
            if (const Outcome wrong = reports.Wrong(); !wrong.word.empty()) return wrong;
            if (reports.OfEnd() + reports.after_reaping.count > 1) return "twice";
            return again.count == 1 ? "once" : "lost_armed_again";
          });
        },
    .faults = {"lost-wakeup"},
}};

Race::Act Adds(Watched& watched) {
  return {"epoll_ctl(ADD), epoll_wait(0)", [&watched]() -> CallResult {
            watched.loop.Register(watched.child.pidfd.get(), EPOLLIN | EPOLLET);
            watched.Look(0);
            return watched.reports.racing.count;
          }};
}

const Registered<Torture> kAdded{{
    .name = "epoll_race/added",
    .question = "Does edge-triggered epoll report a process that ends as it is added?",
    .pidfd =
        {.needs = {"clone3/pidfd", "epoll"},
         .claims =
             {Must("once", "found by EPOLL_CTL_ADD or by the wake-up after it", "epoll(7)"),
              May("twice", "added between exit and wake-up: both find it, and edges can repeat",
                  "fs/eventpoll.c ep_insert, kernel/exit.c exit_notify"),
              Never("lost", "found by neither EPOLL_CTL_ADD nor the wake-up", "epoll(7)"),
              Never("too_early", "an end was reported, but waitid finds no zombie", kOneStep)}},
    .legacy = NotPossible(kNoLegacy),
    .no_control = kNoControl,
    .loop =
        [](Arena& arena, Path, TrialLoop& trials) {
          Watch(arena, trials, 0, Adds, [](Watched& watched) -> Outcome {
            Reports& reports = watched.reports;
            reports.after_end = watched.loop.Drain();
            referee::Reap(watched.child.pid);
            if (const Outcome wrong = reports.Wrong(); !wrong.word.empty()) return wrong;
            return reports.OfEnd() == 1   ? "once"
                   : reports.OfEnd() == 2 ? "twice"
                                          : "more_than_twice";
          });
        },
    .faults = {"lost-wakeup"},
}};

}  // namespace
}  // namespace pidproof::scenarios::torture::epoll_race
