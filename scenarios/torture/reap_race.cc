// Several threads wait for one child at once, and exactly one may get its status.
#include <array>
#include <cerrno>
#include <optional>
#include <utility>
#include <vector>

#include "probes/require.h"
#include "scenarios/floor.h"
#include "scenarios/handle.h"
#include "scenarios/race.h"
#include "scenarios/scenario.h"

namespace pidproof {
namespace {

constexpr std::size_t kMostWaiters = 16;
using Answers = std::array<Result<siginfo_t>, kMostWaiters>;

Answers NoAnswers() {
  return []<std::size_t... i>(std::index_sequence<i...>) {
    return Answers{((void)i, Result<siginfo_t>::Errno(0))...};
  }
  (std::make_index_sequence<kMostWaiters>());
}

Outcome Winners(const Answers& answers, std::size_t waiters, Scribe& scribe) {
  std::size_t winners = 0;
  for (std::size_t i = 0; i < waiters; ++i) {
    if (answers[i].ok()) {
      ++winners;
      scribe.Won(i);
    } else if (answers[i].error() != ECHILD) {
      return Outcome::Of(answers[i].error());
    }
  }
  if (winners == 1) return "one_winner";
  return winners == 0 ? "no_winner" : "two_winners";
}

// The child is a zombie already when they are let go: who comes first has it.
void RaceForZombie(Arena& arena, Path path, Scribe& scribe, std::size_t waiters) {
  MeasureFloor(arena, scribe);
  Arena::Stub child;
  std::optional<Handle> handle;
  Answers answers = NoAnswers();
  std::vector<Race::Act> acts;
  for (std::size_t i = 0; i < waiters; ++i) {
    acts.push_back({"waitid", [&answers, &handle, i]() -> Saw {
                      answers[i] = handle->Wait();
                      return answers[i];
                    }});
  }
  Race race(scribe, std::move(acts));
  while (scribe.More()) {
    child = arena.SpawnDealt(StubLife::kWaits, Handle::BornWithPidfd(path));
    Require(sys::Kill(child.pid, SIGKILL));
    Require(sys::Waitid(P_PID, child.pid, WEXITED | WNOWAIT));
    handle.emplace(Handle::From(child.pid, std::move(child.pidfd), path));
    race.Run();
    scribe.Add(Winners(answers, waiters, scribe), race.window());
  }
}

const Registered<Scenario> kTwoWaiters{{
    .name = "reap_race/two_waiters",
    .asks = "Two threads wait for the same child as it ends: does exactly one get the status?",
    .kind = Scenario::kTorture,
    .pidfd_needs = {"clone3/pidfd", "waitid/p_pidfd"},
    .claims = {{kPidfd, "one_winner", kMust, "a status is handed out once", "wait(2)"},
               {kPidfd, "two_winners", kNever, "a status handed out twice", "wait(2)"},
               {kPidfd, "no_winner", kNever, "a status lost", "wait(2)"},
               {kLegacyPid, "one_winner", kMust, "a status is handed out once", "wait(2)"},
               {kLegacyPid, "two_winners", kNever, "a status handed out twice", "wait(2)"},
               {kLegacyPid, "no_winner", kNever, "a status lost", "wait(2)"}},
    .no_control = "waiting by number gives the same guarantee while the number is not reissued",
    .torture = [](Arena& arena, Path path,
                  Scribe& scribe) { RaceForZombie(arena, path, scribe, 2); },
    .catches = {"status-twice", "status-lost"},
}};

}  // namespace
}  // namespace pidproof
