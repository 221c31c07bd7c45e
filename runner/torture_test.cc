// The verifier verified: every torture scenario is seen to catch the mistakes it is there for, made
// now and then by a subject that is broken on purpose.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <string>
#include <vector>

#include "probes/host.h"
#include "probes/registry.h"
#include "probes/world.h"
#include "runner/cell.h"
#include "runner/census.h"
#include "runner/grade.h"
#include "runner/stage.h"
#include "scenarios/scenario.h"

namespace pidproof {
namespace {

using namespace std::chrono_literals;

std::vector<const Scenario*> Tortures() {
  std::vector<const Scenario*> tortures;
  for (const Scenario* scenario : Registered<Scenario>::All()) {
    const bool here = scenario->kind == Scenario::kTorture && scenario->on_request.empty();
    if (here) tortures.push_back(scenario);
  }
  return tortures;
}

class Bench {
 public:
  Bench() : census_(TakeCensus(World::Parse("native"), 1)) {}

  // Goes on until the first harm; half a minute is patience, not a measure.
  Column RunUntilHarm(const Scenario& scenario, const World& world) const {
    Allowance allowance{.torture = {.time = 30s, .opportunities = 1'000'000'000},
                        .deadline = 60s,
                        .outer_numbers = 50'000};
    allowance.torture.time = 30s;
    return RunColumn(world, census_, stage_, scenario, kPidfd, allowance);
  }
  Judgement Say(const Scenario& scenario, const Column& own) const {
    return Judge(scenario, kPidfd, own, own, Release{});
  }

 private:
  HostFacts facts_ = ReadHostFacts();
  Census census_;
  Stage stage_ = FindStage(1, facts_.pid_max.value_or(0), true, 2000);
};

TEST(Torture, NamesAMistakeItCatchesWhereverSomethingMustNotBe) {
  for (const Scenario* scenario : Tortures()) {
    const bool forbids = std::ranges::any_of(scenario->claims, [](const Claim& claim) {
      return claim.path == kPidfd && claim.mood == kNever;
    });
    EXPECT_TRUE(!forbids || !scenario->catches.empty()) << scenario->name;
  }
}

TEST(Torture, NamesKnownMistakes) {
  for (const Scenario* scenario : Tortures()) {
    for (const std::string_view mistake : scenario->catches) {
      EXPECT_NO_THROW(Mistake::Parse(mistake)) << scenario->name;
    }
  }
}

// One mistake in twenty calls that could make it.
TEST(Torture, CatchesEachMistake) {
  const Bench bench;
  std::string told;
  for (const Scenario* scenario : Tortures()) {
    for (const std::string_view mistake : scenario->catches) {
      const World world = World::Parse(fmt::format("broken:{}@0.05", mistake));
      const Column column = bench.RunUntilHarm(*scenario, world);
      const Judgement judgement = bench.Say(*scenario, column);
      if (!column.lacks.empty()) {
        told += fmt::format("{} {}: not here: {}\n", scenario->name, mistake, column.lacks);
        continue;
      }
      EXPECT_EQ(Word(judgement.verdict), Word(Verdict::kViolated))
          << scenario->name << " with " << mistake << ": " << judgement.why;
      told += fmt::format("{} {}: within {} trials\n", scenario->name, mistake,
                          column.tally.trials);
    }
  }
  std::fputs(told.c_str(), stdout);
}

}  // namespace
}  // namespace pidproof
