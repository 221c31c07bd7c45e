#include "scenarios/loop/perturbation_draw.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <vector>

namespace pidproof::scenarios::perturbation_draw_test {
namespace {

std::vector<Perturbation> Drawn(std::uint64_t seed) {
  std::mt19937_64 chance(seed);
  std::vector<Perturbation> drawn;
  for (int i = 0; i < 32; ++i) drawn.push_back(PerturbationDraw::Draw(chance));
  return drawn;
}

TEST(PerturbationDraw, DrawsTheSameFromTheSameSeed) {
  EXPECT_EQ(Drawn(1), Drawn(1));
  EXPECT_NE(Drawn(1), Drawn(2));
}

// What a trial is like under a perturbation.
struct Trial {
  std::int64_t nanoseconds;
  bool opens;
};

struct Share {
  std::int64_t time = 0;
  int trials = 0;
};

// Simulates a machine: how its time is spent, by the place of the actors.
std::map<Perturbation::Place, Share> Spend(
    const std::function<Trial(const Perturbation&)>& machine) {
  constexpr int kSettings = 2000;
  std::mt19937_64 chance(7);
  std::map<Perturbation::Place, Share> shares;
  PerturbationDraw draw;
  for (int i = 0; i < kSettings; ++i) {
    const Perturbation perturbation = PerturbationDraw::Draw(chance);
    EXPECT_TRUE(draw.IsOver());
    for (draw.Begin(perturbation); !draw.IsOver();) {
      const Trial trial = machine(perturbation);
      draw.Add(trial.opens, trial.nanoseconds);
      shares[perturbation.place].time += trial.nanoseconds;
      ++shares[perturbation.place].trials;
    }
  }
  return shares;
}

// Apart, every trial opens the window; together none does; anywhere all do, but take long.
TEST(PerturbationDraw, SpendsItsTimeWhereWindowsOpen) {
  auto shares = Spend([](const Perturbation& perturbation) {
    return Trial{perturbation.place == Perturbation::kAnywhere ? 3'000'000 : 50'000,
                 perturbation.place != Perturbation::kTogether};
  });
  const std::int64_t all = shares[Perturbation::kApart].time +
                           shares[Perturbation::kTogether].time +
                           shares[Perturbation::kAnywhere].time;
  EXPECT_LT(shares[Perturbation::kTogether].time, all / 20);
  EXPECT_GT(shares[Perturbation::kApart].trials, 10 * shares[Perturbation::kAnywhere].trials);
  // None is left out.
  EXPECT_GT(shares[Perturbation::kTogether].trials, 400);
  EXPECT_GT(shares[Perturbation::kAnywhere].trials, 400);
}

// First only `together` opens windows, later only the others do.
TEST(PerturbationDraw, ForgetsWhatIsLongAgo) {
  int trials = 0;
  auto shares = Spend([&](const Perturbation& perturbation) {
    const bool early = ++trials < 5000;
    return Trial{50'000, (perturbation.place == Perturbation::kTogether) == early};
  });
  EXPECT_GT(shares[Perturbation::kApart].time, 4 * shares[Perturbation::kTogether].time);
}

// While no window has opened, no setting stays long.
TEST(PerturbationDraw, GoesOnWhereNoWindowOpens) {
  auto shares = Spend([](const Perturbation&) { return Trial{50'000, false}; });
  for (const auto& [place, share] : shares) {
    EXPECT_GT(share.trials, 1000);
    EXPECT_LT(share.trials, 2000 * 16);
  }
}

}  // namespace
}  // namespace pidproof::scenarios::perturbation_draw_test
