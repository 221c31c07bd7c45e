#include "runner/parse_amounts.h"

#include <gtest/gtest.h>

#include <chrono>
#include <stdexcept>

namespace pidproof::runner::parse_amounts_test {
namespace {

using namespace std::chrono_literals;

TEST(Amounts, EndALoopByTimeByDefault) {
  EXPECT_EQ(ParseBudget("", "", "").time, 100ms);
  EXPECT_EQ(ParseBudget("1.5s", "", "").time, 1500ms);
  const scenarios::Budget trials = ParseBudget("", "1000", "");
  EXPECT_EQ(trials.trials, 1000u);
  EXPECT_EQ(trials.time, std::chrono::nanoseconds::max());
  EXPECT_EQ(ParseBudget("2m", "1000", "").time, 2min);
}

// 0 of n opportunities bounds a rate by about 3 / n.
TEST(Amounts, KnowHowMuchSilenceABoundTakes) {
  EXPECT_EQ(ParseBudget("", "", "1e-6").opportunities, 2'995'731u);
  EXPECT_EQ(ParseBudget("", "", "0.5").opportunities, 30u) << "fewer decide nothing";
  EXPECT_EQ(ParseBudget("", "", "").opportunities, 0u);
}

TEST(Amounts, LetALoopLeaveItsTimeToOthersOnlyWhereNoneIsNamed) {
  EXPECT_EQ(ParseBudget("", "", "").enough, 2995u);
  EXPECT_EQ(ParseBudget("1s", "", "").enough, 0u);
  EXPECT_EQ(ParseBudget("", "1000", "").enough, 0u);
  EXPECT_EQ(ParseBudget("", "", "1e-6").enough, 0u);
}

TEST(Amounts, RefuseWhatIsNone) {
  for (const char* wrong : {"10", "0s", "-1s", "1e9h", "s", "nan s", "0.1ms"}) {
    EXPECT_THROW(ParseBudget(wrong, "", ""), std::invalid_argument) << wrong;
  }
  for (const char* wrong : {"0", "-1", "1.5", "x", "99999999999999999999"}) {
    EXPECT_THROW(ParseBudget("", wrong, ""), std::invalid_argument) << wrong;
  }
  for (const char* wrong : {"0", "1", "2", "-1e-3", "nan", "1e-13", "x"}) {
    EXPECT_THROW(ParseBudget("", "", wrong), std::invalid_argument) << wrong;
  }
  EXPECT_THROW(ParseSeed("1x"), std::invalid_argument);
  for (const char* wrong : {"0", "65", "-1", "1e9", "x"}) {
    EXPECT_THROW(ParseJobs(wrong), std::invalid_argument) << wrong;
  }
  EXPECT_EQ(ParseJobs("64"), 64u);
  EXPECT_THROW(ParsePidMethod("clone"), std::invalid_argument);
  EXPECT_EQ(ParsePidMethod("pid_max"), scenarios::PidMethod::kPidMax);
}

}  // namespace
}  // namespace pidproof::runner::parse_amounts_test
