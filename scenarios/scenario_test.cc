#include "scenarios/scenario.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>
#include <string>

#include "probes/probe.h"

namespace pidproof {
namespace {

bool Claims(const Scenario& scenario, Path path, std::string_view outcome, Expect expect) {
  return std::any_of(scenario.claims.begin(), scenario.claims.end(), [&](const Claim& claim) {
    return claim.path == path && claim.outcome == outcome && claim.expect == expect;
  });
}

TEST(Scenarios, HaveANameAQuestionAndOneWayToRun) {
  std::set<std::string_view> names;
  for (const Scenario* scenario : Registered<Scenario>::All()) {
    EXPECT_TRUE(names.insert(scenario->name).second) << scenario->name << " twice";
    EXPECT_EQ(std::count(scenario->name.begin(), scenario->name.end(), '/'), 1) << scenario->name;
    EXPECT_TRUE(scenario->question.ends_with('?')) << scenario->name;
    const bool each_its_own = scenario->by_pidfd != nullptr;
    EXPECT_EQ((scenario->trial != nullptr) + (scenario->torture != nullptr) + each_its_own, 1)
        << scenario->name;
    EXPECT_EQ(scenario->by_number != nullptr, each_its_own && scenario->not_possible_by_pid.empty())
        << scenario->name;
    EXPECT_EQ(scenario->torture != nullptr, scenario->kind == Scenario::kTorture) << scenario->name;
  }
}

// Reports sort by name: what was asked before is somewhere else.
TEST(Scenarios, AskQuestionsThatStandAlone) {
  for (const Scenario* scenario : Registered<Scenario>::All()) {
    for (const std::string_view link : {"And ", "But ", "Or "}) {
      EXPECT_FALSE(scenario->question.starts_with(link)) << scenario->name;
    }
  }
}

TEST(Scenarios, NeedOnlyFeaturesThatAreProbed) {
  for (const Scenario* scenario : Registered<Scenario>::All()) {
    EXPECT_FALSE(scenario->pidfd_needs.empty()) << scenario->name;
    for (const auto* needs : {&scenario->pidfd_needs, &scenario->legacy_needs}) {
      for (const std::string_view need : *needs) {
        EXPECT_NE(Registered<Probe>::Find(need), nullptr) << scenario->name << " needs " << need;
      }
    }
  }
}

TEST(Scenarios, GiveAReasonWithASourceForEveryClaim) {
  for (const Scenario* scenario : Registered<Scenario>::All()) {
    std::set<std::pair<Path, std::string_view>> claimed;
    for (const Claim& claim : scenario->claims) {
      EXPECT_FALSE(claim.reason.empty() || claim.source.empty())
          << scenario->name << ": " << claim.outcome;
      EXPECT_TRUE(claimed.insert({claim.path, claim.outcome}).second)
          << scenario->name << " claims " << claim.outcome << " twice";
    }
    for (const Path path : {kPidfd, kLegacyPid}) {
      if (path == kLegacyPid && !scenario->not_possible_by_pid.empty()) continue;
      EXPECT_TRUE(std::any_of(scenario->claims.begin(), scenario->claims.end(),
                              [&](const Claim& claim) { return claim.path == path; }))
          << scenario->name << " says nothing of " << Word(path);
    }
  }
}

// A clean column counts only beside one that shows the harm on the same stage.
TEST(Scenarios, HaveAControlForEveryNeverOrSayWhyNot) {
  for (const Scenario* scenario : Registered<Scenario>::All()) {
    std::string_view uncontrolled;
    bool clean = false;
    for (const Claim& claim : scenario->claims) {
      if (claim.path != kPidfd || claim.expect != kNever) continue;
      clean = true;
      if (!Claims(*scenario, kLegacyPid, claim.outcome, kHazard)) uncontrolled = claim.outcome;
    }
    if (!clean) continue;
    EXPECT_NE(uncontrolled.empty(), !scenario->no_control.empty())
        << scenario->name << ": " << uncontrolled;
  }
}

}  // namespace
}  // namespace pidproof
