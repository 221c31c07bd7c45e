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

TEST(MayMeet, NamesNoBugByNothing) {
  for (const scenarios::Scenario* scenario : scenarios::AllScenarios()) {
    EXPECT_FALSE(MayMeet(*scenario, "")) << scenario->name;
  }
}

}  // namespace
}  // namespace pidproof::runner::choice_test
