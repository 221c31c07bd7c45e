#include "scenarios/lever_draw.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <vector>

namespace pidproof {
namespace {

std::vector<Levers> Drawn(std::uint64_t seed) {
  std::mt19937_64 chance(seed);
  std::vector<Levers> drawn;
  for (int i = 0; i < 32; ++i) drawn.push_back(LeverDraw::Draw(chance));
  return drawn;
}

TEST(LeverDraw, DrawsTheSameFromTheSameSeed) {
  EXPECT_EQ(Drawn(1), Drawn(1));
  EXPECT_NE(Drawn(1), Drawn(2));
}

// What a trial is like with these levers.
struct Trial {
  std::int64_t nanoseconds;
  bool opens;
};

struct Share {
  std::int64_t time = 0;
  int trials = 0;
};

// A machine without a clock: how its time is spent, by the place of the actors.
std::map<Levers::Place, Share> Spend(const std::function<Trial(const Levers&)>& machine) {
  constexpr int kSettings = 2000;
  std::mt19937_64 chance(7);
  std::map<Levers::Place, Share> shares;
  LeverDraw draw;
  for (int i = 0; i < kSettings; ++i) {
    const Levers levers = LeverDraw::Draw(chance);
    EXPECT_TRUE(draw.IsOver());
    for (draw.Begin(levers); !draw.IsOver();) {
      const Trial trial = machine(levers);
      draw.Add(trial.opens, trial.nanoseconds);
      shares[levers.place].time += trial.nanoseconds;
      ++shares[levers.place].trials;
    }
  }
  return shares;
}

// Apart, windows open at every trial; together never; anywhere they do too, but it takes long.
TEST(LeverDraw, SpendsItsTimeWhereWindowsOpen) {
  auto shares = Spend([](const Levers& levers) {
    return Trial{levers.place == Levers::kAnywhere ? 3'000'000 : 50'000,
                 levers.place != Levers::kTogether};
  });
  const std::int64_t all =
      shares[Levers::kApart].time + shares[Levers::kTogether].time + shares[Levers::kAnywhere].time;
  EXPECT_LT(shares[Levers::kTogether].time, all / 20);
  EXPECT_GT(shares[Levers::kApart].trials, 10 * shares[Levers::kAnywhere].trials);
  // None is left out.
  EXPECT_GT(shares[Levers::kTogether].trials, 400);
  EXPECT_GT(shares[Levers::kAnywhere].trials, 400);
}

// One processor after the other, and then no longer.
TEST(LeverDraw, ForgetsWhatIsLongAgo) {
  int trials = 0;
  auto shares = Spend([&](const Levers& levers) {
    const bool early = ++trials < 5000;
    return Trial{50'000, (levers.place == Levers::kTogether) == early};
  });
  EXPECT_GT(shares[Levers::kApart].time, 4 * shares[Levers::kTogether].time);
}

// Before anything is known, none is stayed with for long.
TEST(LeverDraw, GoesOnWhereNoWindowOpens) {
  auto shares = Spend([](const Levers&) { return Trial{50'000, false}; });
  for (const auto& [place, share] : shares) {
    EXPECT_GT(share.trials, 1000);
    EXPECT_LT(share.trials, 2000 * 16);
  }
}

}  // namespace
}  // namespace pidproof
