// Two threads call epoll_wait on one epoll instance at once. The kernel unlinks the list of ready
// descriptors while it reports them; a second thread with a time-out of 0 tests the list without a
// lock, and until Linux 7.2 it could find it empty ("eventpoll: Fix epoll_wait() report false
// negative"). A loop that does not sleep then goes on as if nothing had exited.
#include <signal.h>
#include <sys/epoll.h>

#include "scenarios/fixtures/event_loop.h"
#include "scenarios/fixtures/referee.h"
#include "scenarios/loop/baseline.h"
#include "scenarios/loop/race.h"
#include "scenarios/torture.h"

namespace pidproof::scenarios::torture::epoll_two_look {
namespace {

// Many looks at a zombie that is there all the time, until one misses it.
Found LookOften(const EventLoop& loop) {
  constexpr int kLooks = 16;
  Found found;
  for (int i = 0; i < kLooks; ++i) {
    found = loop.Next(0);
    if (found.count == 0) break;
  }
  return found;
}

void TwoLook(Arena& arena, Path, TrialLoop& trials) {
  MeasureBaseline(arena, trials);
  const EventLoop loop;
  const Arena::Stub child = arena.SpawnWithPid(StubLife::kWaits, true);
  loop.Register(child.pidfd.get(), EPOLLIN);
  referee::End(child.pid);
  Found found[2];
  const auto looks = [&](std::size_t place) -> Race::Act {
    return {"epoll_wait(0), 16 times", [&loop, &one = found[place]]() -> CallResult {
              one = LookOften(loop);
              return one.count;
            }};
  };
  {
    Race race(trials, {looks(0), looks(1)});
    while (trials.Next()) {
      race.Run();
      const int error = found[0].error != 0 ? found[0].error : found[1].error;
      const Outcome word = found[0].count + found[1].count == 2 ? "both" : "missed";
      trials.Record(error == 0 ? word : Outcome::Of(error), race.window());
    }
  }
  referee::Reap(child.pid);
}

const Registered<Torture> kTwoLook{{
    .name = "epoll_race/two_look",
    .question = "Do both threads that look at one level-triggered epoll see the end of a process?",
    .pidfd =
        {.needs = {"clone3/pidfd", "epoll"},
         .claims =
             {Must("both", "a ready descriptor is reported to every caller", "epoll(7)"),
              Hazard("missed",
                     "a nonblocking call finds the ready list empty while the other call holds it",
                     "fs/eventpoll.c ep_events_available")
                  .Until(eras::kEpollMissesNothing)
                  .Bug("epoll-wait-false-negative")}},
    .legacy = NotPossible("a PID cannot be registered"),
    .loop = TwoLook,
}};

}  // namespace
}  // namespace pidproof::scenarios::torture::epoll_two_look
