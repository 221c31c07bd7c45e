#include "scenarios/scenario.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>
#include <string>

#include "probes/probe.h"
#include "scenarios/torture.h"

namespace pidproof::scenarios::scenario_test {
namespace {

bool Claims(const Scenario& scenario, Path path, std::string_view outcome, Expect expect) {
  const Claim* claim = scenario.FindClaim(path, outcome);
  return claim != nullptr && claim->expect == expect;
}

TEST(Scenarios, HaveANameAQuestionAndOneWayToRun) {
  std::set<std::string_view> names;
  for (const Scenario* scenario : AllScenarios()) {
    EXPECT_TRUE(names.insert(scenario->name).second) << scenario->name << " twice";
    EXPECT_EQ(std::count(scenario->name.begin(), scenario->name.end(), '/'), 1) << scenario->name;
    EXPECT_TRUE(scenario->question.ends_with('?')) << scenario->name;
    const bool each_its_own = scenario->pidfd.ask != nullptr;
    EXPECT_EQ((scenario->ask != nullptr) + scenario->IsTorture() + each_its_own, 1)
        << scenario->name;
    EXPECT_EQ(scenario->legacy.ask != nullptr,
              each_its_own && scenario->legacy.not_possible.empty())
        << scenario->name;
    EXPECT_TRUE(scenario->pidfd.not_possible.empty()) << scenario->name;
    EXPECT_TRUE(!scenario->IsTorture() || scenario->torture->loop != nullptr) << scenario->name;
  }
}

// Reports sort by name: no question can refer to the one before it.
TEST(Scenarios, AskQuestionsThatStandAlone) {
  for (const Scenario* scenario : AllScenarios()) {
    for (const std::string_view link : {"And ", "But ", "Or "}) {
      EXPECT_FALSE(scenario->question.starts_with(link)) << scenario->name;
    }
  }
}

TEST(Scenarios, NeedOnlyFeaturesThatAreProbed) {
  for (const Scenario* scenario : AllScenarios()) {
    EXPECT_FALSE(scenario->pidfd.needs.empty()) << scenario->name;
    for (const auto* needs : {&scenario->pidfd.needs, &scenario->legacy.needs}) {
      for (const std::string_view need : *needs) {
        EXPECT_NE(Registered<Probe>::Find(need), nullptr) << scenario->name << " needs " << need;
      }
    }
  }
}

TEST(Scenarios, GiveAReasonWithASourceForEveryClaim) {
  for (const Scenario* scenario : AllScenarios()) {
    for (const Path path : {kPidfd, kLegacyPid}) {
      std::set<std::string_view> claimed;
      for (const Claim& claim : scenario->On(path).claims) {
        EXPECT_FALSE(claim.reason.empty() || claim.source.empty())
            << scenario->name << ": " << claim.outcome;
        EXPECT_TRUE(claimed.insert(claim.outcome).second)
            << scenario->name << " claims " << claim.outcome << " twice";
      }
      EXPECT_EQ(claimed.empty(), !scenario->On(path).not_possible.empty())
          << scenario->name << " says nothing of " << Word(path);
    }
  }
}

// A path without harm proves something only beside a control that shows the harm.
TEST(Scenarios, HaveAControlForEveryNeverOrSayWhyNot) {
  for (const Scenario* scenario : AllScenarios()) {
    std::string_view uncontrolled;
    bool clean = false;
    for (const Claim& claim : scenario->pidfd.claims) {
      if (claim.expect != kNever) continue;
      clean = true;
      if (!Claims(*scenario, kLegacyPid, claim.outcome, kHazard)) uncontrolled = claim.outcome;
    }
    if (!clean) continue;
    EXPECT_NE(uncontrolled.empty(), !scenario->no_control.empty())
        << scenario->name << ": " << uncontrolled;
  }
}

}  // namespace
}  // namespace pidproof::scenarios::scenario_test
