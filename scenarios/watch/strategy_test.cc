#include "scenarios/watch/strategy.h"

#include <gtest/gtest.h>
#include <signal.h>

#include <map>
#include <random>
#include <string>
#include <tuple>
#include <vector>

#include "probes/system/require.h"
#include "probes/system/sys.h"
#include "scenarios/arena/arena_testing.h"
#include "scenarios/handle.h"
#include "scenarios/watch/crowd.h"
#include "scenarios/watch/load.h"
#include "scenarios/watch/stage.h"

namespace pidproof::scenarios::watch::strategy_test {
namespace {

// What the trials, which have no captures, look at.
const Strategy* strategy = nullptr;
Load load = Load::kClosed;

class EachStrategy : public testing::TestWithParam<const Strategy*> {
 protected:
  EachStrategy() { strategy = GetParam(); }
};

class OfEachLoad : public testing::TestWithParam<std::tuple<const Strategy*, Load>> {
 protected:
  OfEachLoad() { std::tie(strategy, load) = GetParam(); }
};

// Awaits that many exits, and no more.
std::map<pid_t, Exit> AwaitExits(Watcher& watcher, std::size_t count) {
  std::vector<Exit> exits;
  while (exits.size() < count) watcher.Await(exits);
  Require(exits.size() == count);
  std::map<pid_t, Exit> found;
  for (const Exit& exit : exits) found.emplace(exit.pid, exit);
  Require(found.size() == count);
  return found;
}

void RequireStatus(const Exit& exit, int status) {
  Require(exit.status.has_value() != strategy->auto_reaped);
  Require(!exit.status || *exit.status == status);
}

void Prepare() {
  if (strategy->reads_proc) Handle::PrepareProc(kLegacyPid);
}

// Children that exit with 3, 4 and 5.
struct Three {
  Crowd crowd;
  std::vector<pid_t> children;
  std::unique_ptr<Watcher> watcher;

  explicit Three(Arena& arena) : crowd(arena) {
    Prepare();
    signal(SIGCHLD, strategy->auto_reaped ? SIG_IGN : SIG_DFL);
    watcher = strategy->make();
    for (int status = 3; status < 6; ++status) {
      children.push_back(crowd.Spawn(status));
      watcher->Add(children.back());
    }
  }
};

TEST_P(EachStrategy, ReportsTheChildAndItsStatus) {
  RunInArena([](Arena& arena) {
    Three three(arena);
    for (const std::size_t dying : {std::size_t{1}, std::size_t{2}}) {
      const pid_t child = three.children[dying];
      Crowd::Release(child);
      const std::map<pid_t, Exit> found = AwaitExits(*three.watcher, 1);
      Require(found.begin()->first == child);
      RequireStatus(found.begin()->second, 3 + static_cast<int>(dying));
      Require(found.begin()->second.in_hand_ns >= three.crowd.DiedAtNs(child));
      Require(three.crowd.DiedAtNs(child) > 0);
      three.crowd.Bury(child);
    }
    three.watcher.reset();
    signal(SIGCHLD, SIG_DFL);
    // It was left alone.
    Require(sys::Waitid(P_PID, three.children[0], WEXITED | WNOHANG)->si_pid == 0);
  });
}

TEST_P(EachStrategy, ReportsAllThatExitTogether) {
  RunInArena([](Arena& arena) {
    Three three(arena);
    for (const pid_t child : three.children) Crowd::Release(child);
    const std::map<pid_t, Exit> found = AwaitExits(*three.watcher, 3);
    for (std::size_t at = 0; at < 3; ++at) {
      RequireStatus(found.at(three.children[at]), 3 + static_cast<int>(at));
      three.crowd.Bury(three.children[at]);
    }
  });
}

TEST_P(OfEachLoad, LeavesAsManyChildrenAsThereWere) {
  RunInArena([](Arena& arena) {
    Prepare();
    Crowd crowd(arena);
    std::mt19937 random(1);
    while (crowd.size() < 3) crowd.Spawn();
    const std::size_t events = load == Load::kBurst ? 3 : 5;
    for (int round = 0; round < 2; ++round) {
      const Figures figures = Measure({strategy, load, Placement::kAny, events}, crowd, random);
      Require(figures.latencies_ns.size() == events);
      for (const std::int64_t latency : figures.latencies_ns) Require(latency > 0);
      Require(figures.cpu_ns > 0);
      Require(figures.calls >= events);
      Require(figures.descriptors >= 0);
      Require(crowd.size() == 3);
    }
  });
}

TEST(Stage, AnswersFromAProcessOfItsOwn) {
  RunInArena([](Arena& arena) {
    Stage stage(arena, 3);
    for (const char* name : {"epoll_pidfd", "sigchld_waitpid_any"}) {
      const Stage::Answer answer =
          stage.Measure({Registered<Strategy>::Find(name), Load::kClosed, Placement::kAny, 4});
      if (!answer.figures) throw Unsupported(answer.reason);
      Require(answer.figures->latencies_ns.size() == 4);
    }
    // The crowd is not ours.
    Require(sys::Waitid(P_ALL, 0, WEXITED | WNOHANG)->si_pid == 0);
  });
}

INSTANTIATE_TEST_SUITE_P(Watch, EachStrategy, testing::ValuesIn(Registered<Strategy>::All()),
                         [](const auto& given) { return std::string(given.param->name); });
INSTANTIATE_TEST_SUITE_P(Watch, OfEachLoad,
                         testing::Combine(testing::ValuesIn(Registered<Strategy>::All()),
                                          testing::ValuesIn(kLoads)),
                         [](const auto& given) {
                           return std::string(std::get<0>(given.param)->name) + "_" +
                                  std::string(Word(std::get<1>(given.param)));
                         });

}  // namespace
}  // namespace pidproof::scenarios::watch::strategy_test
