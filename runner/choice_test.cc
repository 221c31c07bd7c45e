#include "runner/choice.h"

#include <gtest/gtest.h>

#include <string_view>
#include <vector>

namespace pidproof::runner::choice_test {
namespace {

TEST(ChosenScenarios, AreThoseThatMayMeetTheKernelBugThatIsNamed) {
  std::vector<std::string_view> names;
  Options options;
  options.only = {"exec-poll-premature"};
  for (const scenarios::Scenario* scenario : ChosenScenarios(options)) {
    names.push_back(scenario->name);
  }
  EXPECT_EQ(names, (std::vector<std::string_view>{"thread_race/poll_exec",
                                                  "thread_race/poll_thread_exec"}));
}

TEST(Chooses, WhatTheRunWasAskedFor) {
  Options options;
  EXPECT_TRUE(ChoosesFeature(options, "pidfd_open"));
  EXPECT_TRUE(ChoosesScenario(options, "signal_race/*"));

  options.conformance_only = true;
  EXPECT_FALSE(ChoosesScenario(options, "signal_race/*"));
  EXPECT_TRUE(ChoosesScenario(options, "life_cycle/alive_signal"));

  options.only = {"life_cycle/*"};
  EXPECT_TRUE(ChoosesScenario(options, "life_cycle/alive_signal"));
  EXPECT_FALSE(ChoosesScenario(options, "wait/adopted"));
  EXPECT_FALSE(ChoosesFeature(options, "pidfd_open")) << "it is tried, without a row";
}

TEST(Chooses, WhatNoChoiceLeavesOut) {
  Options options;
  options.only = {"life_cycle/*"};
  EXPECT_TRUE(ChoosesScenario(options, "no/such_scenario"));
  EXPECT_TRUE(ChoosesFeature(options, "no_such_feature"));
}

TEST(MayMeet, NamesNoBugByNothing) {
  for (const scenarios::Scenario* scenario : scenarios::AllScenarios()) {
    EXPECT_FALSE(MayMeet(*scenario, "")) << scenario->name;
  }
}

}  // namespace
}  // namespace pidproof::runner::choice_test
