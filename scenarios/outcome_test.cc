#include "scenarios/outcome.h"

#include <errno.h>
#include <gtest/gtest.h>

namespace pidproof::scenarios::outcome_test {
namespace {

siginfo_t Info(pid_t pid, int code) {
  siginfo_t info{};
  info.si_pid = pid;
  info.si_code = code;
  return info;
}

TEST(Outcome, UsesTheLabelsOfTheMetrics) {
  EXPECT_EQ(Outcome::Of(0).word, "ok");
  EXPECT_EQ(Outcome::Of(ESRCH).word, "esrch");
  EXPECT_EQ(Outcome::Of(EPERM).word, "eperm");
  EXPECT_EQ(Outcome::Of(EAGAIN).word, "eagain");
  EXPECT_EQ(Outcome::Of(ECHILD).word, "echild");
  EXPECT_EQ(Outcome::Of(-7).word, "error");
}

TEST(Outcome, ReportsWhatAWaitFound) {
  EXPECT_EQ(Outcome::Of(Result<siginfo_t>::Errno(ECHILD)).word, "echild");
  EXPECT_EQ(Outcome::Of(Result<siginfo_t>(Info(0, 0))).word, "running");
  EXPECT_EQ(Outcome::Of(Result<siginfo_t>(Info(9, CLD_EXITED))).word, "exited");
  EXPECT_EQ(Outcome::Of(Result<siginfo_t>(Info(9, CLD_KILLED))).word, "killed");
  EXPECT_EQ(Outcome::Of(Result<siginfo_t>(Info(9, CLD_STOPPED))).word, "stopped");
  EXPECT_EQ(Outcome::Of(Result<siginfo_t>(Info(9, 99))).word, "unknown_code");
}

}  // namespace
}  // namespace pidproof::scenarios::outcome_test
