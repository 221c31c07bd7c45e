#include "scenarios/arena.h"

#include <gtest/gtest.h>
#include <signal.h>
#include <unistd.h>

#include <chrono>
#include <cstring>
#include <functional>
#include <string>
#include <vector>

#include "probes/child.h"
#include "probes/require.h"
#include "probes/sys.h"
#include "scenarios/scribe.h"

namespace pidproof {
namespace {

using namespace std::chrono_literals;

// Runs body in a namespace of our own and returns what it threw, or "".
std::string Inside(
    const std::function<void(const FrameWriter&, Isolation)>& body,
    const std::function<void(const Frame&)>& hear = [](const Frame&) {}) {
  for (const Isolation way : {Isolation::kNamespace, Isolation::kUserNamespace}) {
    const Ended ended = Isolate(
        way, 60s, [&](const FrameWriter& up) { body(up, way); }, hear);
    if (ended.how == Ended::kNotStarted) continue;
    return ended.how == Ended::kReturned ? "" : "ended badly: " + ended.text;
  }
  return "no namespace here";
}

TEST(Arena, DealsTheSameNumberAgainAndAgain) {
  EXPECT_EQ(Inside([](const FrameWriter&, Isolation way) {
              Arena arena(way, {{}, 1000});
              for (int i = 0; i < 100; ++i) {
                const Arena::Stub stub = arena.SpawnDealt(StubLife::kWaits, i % 2 == 0);
                Require(stub.pid == Arena::kDealtNumber);
                Require(static_cast<bool>(stub.pidfd) == (i % 2 == 0));
                Require(arena.End(stub).si_status == SIGKILL);
              }
              Require(arena.outer_used() == 100 && !arena.Exhausted());
            }),
            "");
}

TEST(Arena, EndsStubsThatExitByThemselves) {
  EXPECT_EQ(Inside([](const FrameWriter&, Isolation way) {
              Arena arena(way, {{}, 10});
              const Arena::Stub stub = arena.SpawnDealt(StubLife::kExits, false);
              const siginfo_t ended = Require(sys::Waitid(P_PID, stub.pid, WEXITED));
              Require(ended.si_code == CLD_EXITED && ended.si_status == 0);
            }),
            "");
}

TEST(Arena, SaysWhenItHasUsedUpItsOuterNumbers) {
  EXPECT_EQ(Inside([](const FrameWriter&, Isolation way) {
              Arena arena(way, {{}, 2});
              arena.End(arena.SpawnDealt(StubLife::kWaits, false));
              Require(!arena.Exhausted());
              arena.End(arena.SpawnDealt(StubLife::kWaits, false));
              Require(arena.Exhausted());
            }),
            "");
}

TEST(Arena, DealsNoNumbersAmongStrangers) {
  Arena arena(Isolation::kChild, {{}, 10});
  EXPECT_THROW(arena.SpawnDealt(StubLife::kWaits, false), Unsupported);
}

// With the right to, a hundred processes take one and the same number outside.
TEST(Arena, GivesOuterNumbersBackAndForth) {
  if (geteuid() != 0) GTEST_SKIP() << "dealing numbers outside takes privilege";
  pid_t free_number = 0;
  {
    const Child child = Require(Child::Make(body::Lingers));
    free_number = child.pid();
  }
  std::uint64_t used = 99;
  EXPECT_EQ(Inside(
                [&](const FrameWriter& up, Isolation way) {
                  Arena arena(way, {{free_number}, 1000});
                  for (int i = 0; i < 100; ++i)
                    arena.End(arena.SpawnDealt(StubLife::kWaits, false));
                  const std::uint64_t used_up = arena.outer_used();
                  up.Send('u', {reinterpret_cast<const char*>(&used_up), sizeof used_up});
                },
                [&](const Frame& frame) { std::memcpy(&used, frame.bytes.data(), sizeof used); }),
            "");
  EXPECT_EQ(used, 0u);
}

TEST(Scribe, CountsWordsAndTellsThemInBatches) {
  Tally tally;
  EXPECT_EQ(Inside(
                [](const FrameWriter& up, Isolation way) {
                  const Arena arena(way, {{}, 10});
                  Scribe scribe(up, arena, {1h});
                  for (int i = 0; i < 1000 && scribe.More(); ++i)
                    scribe.Add(i % 4 == 0 ? "a" : "b");
                },
                [&](const Frame& frame) { tally.Hear(frame); }),
            "");
  EXPECT_EQ(tally.trials, 1000u);
  EXPECT_EQ(tally.outcomes, (std::map<std::string, std::uint64_t>{{"a", 250}, {"b", 750}}));
}

TEST(Scribe, KeepsWhatWasCountedBeforeAnException) {
  Tally tally;
  Inside(
      [](const FrameWriter& up, Isolation way) {
        const Arena arena(way, {{}, 10});
        Scribe scribe(up, arena, {1h});
        scribe.Add("a");
        throw Broken("afterwards");
      },
      [&](const Frame& frame) { tally.Hear(frame); });
  EXPECT_EQ(tally.trials, 1u);
}

}  // namespace
}  // namespace pidproof
