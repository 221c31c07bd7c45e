// An event loop watches a process as it ends, and as it is reaped. epoll(7) keeps a list of what is
// ready of its own: an event that comes while the list is read, or while the descriptor is being
// added, must neither be lost nor, where events are edges, be told twice. A loop that misses the
// end of a worker waits for it for ever; one that counts it twice counts a worker that is not
// there.
#include <signal.h>
#include <sys/epoll.h>

#include <cstdint>

#include "scenarios/fixtures/event_loop.h"
#include "scenarios/fixtures/referee.h"
#include "scenarios/loop/baseline.h"
#include "scenarios/loop/race.h"
#include "scenarios/scenario.h"

namespace pidproof {
namespace {

using referee::Stage;
using referee::StageOf;

constexpr std::string_view kNoLegacy = "a number cannot be registered";
constexpr std::string_view kNoControl =
    "no number can be watched: that each event comes at all is what must be heard";
constexpr std::string_view kOneStep =
    "kernel/exit.c exit_notify marks and wakes under tasklist_lock, which waitid takes";

// What was told of the end of one process.
struct Told {
  Found racing;  // by the call that raced with the end, and how far the process had come then
  Stage then = Stage::kAlive;
  Found after_end;
  Found after_reaping;

  int OfEnd() const { return racing.count + after_end.count; }
  // The word for what is wrong in every way of registering.
  Outcome Wrong() const {
    for (const Found& found : {racing, after_end, after_reaping}) {
      if (found.error != 0) return Outcome::Of(found.error);
    }
    if (racing.count > 0 && then == Stage::kAlive) return "too_early";
    if (OfEnd() == 0) return "lost";
    const std::uint32_t of_end = after_end.count > 0 ? after_end.bits : racing.bits;
    return of_end == EPOLLIN ? "" : "other_bits";
  }
};

struct Watched {
  EventLoop loop;
  Arena::Stub child;
  Told told;

  void Look(int timeout) {
    told.racing = loop.Next(timeout);
    told.then = StageOf(child.pid);
  }
};

// The first act ends the child, the other looks as acts says; then judge looks again, has the child
// reaped, and says the word.
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
    watched.told = {};
    if (added_before) watched.loop.Register(watched.child.pidfd.get(), events);
    race.Run();
    trials.Record(judge(watched), race.window());
  }
}

Race::Act LooksNow(Watched& watched) {
  return {"epoll_wait(0)", [&watched]() -> CallResult {
            watched.Look(0);
            return watched.told.racing.count;
          }};
}

Race::Act Sleeps(Watched& watched) {
  return {"epoll_wait(-1)", [&watched]() -> CallResult {
            watched.Look(-1);
            return watched.told.racing.count;
          }};
}

constexpr std::uint32_t kHungUp = EPOLLIN | EPOLLHUP;

const Registered<Scenario> kLevel{{
    .name = "epoll_race/level",
    .question =
        "An event loop goes to sleep as a process ends: is it woken, and told as often as it "
        "asks (level-triggered)?",
    .kind = Scenario::kTorture,
    .pidfd_needs = {"clone3/pidfd", "epoll"},
    .claims = {{kPidfd, "told", kMust, "the end wakes the loop, and stays ready", "epoll(7)"},
               {kPidfd, "lost", kNever, "the loop wakes, and nothing is told", "epoll_wait(2)"},
               {kPidfd, "lost_later", kNever, "what was ready is not so any more", "epoll(7)"},
               {kPidfd, "too_early", kNever, "told of an end, and waitid finds no zombie",
                kOneStep}},
    .no_control = kNoControl,
    .not_possible_by_pid = kNoLegacy,
    .torture =
        [](Arena& arena, Path, TrialLoop& trials) {
          Watch(arena, trials, EPOLLIN, Sleeps, [](Watched& watched) -> Outcome {
            Told& told = watched.told;
            told.after_end = watched.loop.Next(0);
            referee::Reap(watched.child.pid);
            told.after_reaping = watched.loop.Next(0);
            if (const Outcome wrong = told.Wrong(); !wrong.word.empty()) return wrong;
            if (told.racing.count == 0) return "lost";
            return told.after_end.count == 1 && told.after_reaping.count == 1 ? "told"
                                                                              : "lost_later";
          });
        },
    .catches = {"lost-wakeup"},
}};

const Registered<Scenario> kEdge{{
    .name = "epoll_race/edge",
    .question =
        "A process ends as an event loop looks: is the end told exactly once, and the reaping "
        "once (edge-triggered)?",
    .kind = Scenario::kTorture,
    .pidfd_needs = {"clone3/pidfd", "epoll"},
    .claims = {{kPidfd, "once_each", kMust, "one event for the end, one for the reaping",
                "Linux 6.9 pidfd_poll", &eras::kHangup},
               {kPidfd,
                "once",
                kMay,
                "one event for the end; the reaping is none",
                "kernel/fork.c pidfd_poll",
                {},
                &eras::kHangup},
               {kPidfd, "lost", kNever, "the end was an edge, and nothing is told", "epoll(7)"},
               {.path = kPidfd,
                .outcome = "twice",
                .expect = kHazard,
                .reason = "the end wakes twice, and a loop that looks in between is told twice",
                .source =
                    "Linux 6.12.31 kernel/exit.c exit_notify, kernel/signal.c do_notify_parent",
                .until = &eras::kOneWakeUp,
                .bug = "exit-wakes-twice"},
               {kPidfd, "twice_at_reaping", kNever, "the reaping wakes once, and is told twice",
                "kernel/pid.c __change_pid"},
               {kPidfd, "too_early", kNever, "told of an end, and waitid finds no zombie",
                kOneStep}},
    .no_control = kNoControl,
    .not_possible_by_pid = kNoLegacy,
    .torture =
        [](Arena& arena, Path, TrialLoop& trials) {
          Watch(arena, trials, EPOLLIN | EPOLLET, LooksNow, [](Watched& watched) -> Outcome {
            Told& told = watched.told;
            told.after_end = watched.loop.Drain();
            referee::Reap(watched.child.pid);
            told.after_reaping = watched.loop.Drain();
            if (const Outcome wrong = told.Wrong(); !wrong.word.empty()) return wrong;
            if (told.OfEnd() > 1) return "twice";
            if (told.after_reaping.count == 0) return "once";
            if (told.after_reaping.bits != kHungUp) return "other_bits";
            return told.after_reaping.count == 1 ? "once_each" : "twice_at_reaping";
          });
        },
    .catches = {"lost-wakeup"},
}};

const Registered<Scenario> kOneShot{{
    .name = "epoll_race/one_shot",
    .question = "A process ends as an event loop looks: is the end told exactly once (one-shot)?",
    .kind = Scenario::kTorture,
    .pidfd_needs = {"clone3/pidfd", "epoll"},
    .claims = {{kPidfd, "once", kMust, "the first event disables the registration, none is lost",
                "epoll_ctl(2)"},
               {kPidfd, "lost", kNever, "it was registered, and nothing is told", "epoll_ctl(2)"},
               {kPidfd, "twice", kNever, "it was disabled, and an event came", "epoll_ctl(2)"},
               {kPidfd, "lost_armed_again", kNever, "armed again, and nothing is told",
                "epoll_ctl(2)"},
               {kPidfd, "too_early", kNever, "told of an end, and waitid finds no zombie",
                kOneStep}},
    .no_control = kNoControl,
    .not_possible_by_pid = kNoLegacy,
    .torture =
        [](Arena& arena, Path, TrialLoop& trials) {
          constexpr std::uint32_t kOnce = EPOLLIN | EPOLLONESHOT;
          Watch(arena, trials, kOnce, LooksNow, [](Watched& watched) -> Outcome {
            Told& told = watched.told;
            told.after_end = watched.loop.Drain();
            referee::Reap(watched.child.pid);
            told.after_reaping = watched.loop.Drain();
            watched.loop.Register(watched.child.pidfd.get(), kOnce, EPOLL_CTL_MOD);
            const Found again = watched.loop.Drain();
            if (const Outcome wrong = told.Wrong(); !wrong.word.empty()) return wrong;
            if (told.OfEnd() + told.after_reaping.count > 1) return "twice";
            return again.count == 1 ? "once" : "lost_armed_again";
          });
        },
    .catches = {"lost-wakeup"},
}};

Race::Act Adds(Watched& watched) {
  return {"epoll_ctl(ADD), epoll_wait(0)", [&watched]() -> CallResult {
            watched.loop.Register(watched.child.pidfd.get(), EPOLLIN | EPOLLET);
            watched.Look(0);
            return watched.told.racing.count;
          }};
}

const Registered<Scenario> kAdded{{
    .name = "epoll_race/added",
    .question = "A process ends as it is added to an event loop: is the end told (edge-triggered)?",
    .kind = Scenario::kTorture,
    .pidfd_needs = {"clone3/pidfd", "epoll"},
    .claims = {{kPidfd, "once", kMust, "found by the adding, or by the wake-up after it",
                "epoll(7)"},
               {kPidfd, "twice", kMay,
                "added between the marking and the wake-up: both find it, edges may be many",
                "fs/eventpoll.c ep_insert, kernel/exit.c exit_notify"},
               {kPidfd, "lost", kNever, "found by neither", "epoll(7)"},
               {kPidfd, "too_early", kNever, "told of an end, and waitid finds no zombie",
                kOneStep}},
    .no_control = kNoControl,
    .not_possible_by_pid = kNoLegacy,
    .torture =
        [](Arena& arena, Path, TrialLoop& trials) {
          Watch(arena, trials, 0, Adds, [](Watched& watched) -> Outcome {
            Told& told = watched.told;
            told.after_end = watched.loop.Drain();
            referee::Reap(watched.child.pid);
            if (const Outcome wrong = told.Wrong(); !wrong.word.empty()) return wrong;
            return told.OfEnd() == 1 ? "once" : told.OfEnd() == 2 ? "twice" : "more_than_twice";
          });
        },
    .catches = {"lost-wakeup"},
}};

}  // namespace
}  // namespace pidproof
