// Each exit status but 0 comes with one line on stderr that names the cause.
#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <string>

#include "runner/program_testing.h"

namespace pidproof::runner::exit_cause_test {
namespace {

// Of stderr alone.
Printed Fails(const std::string& arguments) {
  Printed failed = RunProgram(arguments + " 2>&1 >/dev/null");
  EXPECT_EQ(std::ranges::count(failed.out, '\n'), 1) << arguments << ": " << failed.out;
  EXPECT_TRUE(failed.out.starts_with("pidproof: ")) << arguments << ": " << failed.out;
  return failed;
}

TEST(ExitCause, IsTheViolatedRow) {
  const Printed failed = Fails(
      "run --quiet --only pid_reuse/signal --path pidfd --world fault:signal-stranger --trials "
      "300");
  if (failed.status == 3) GTEST_SKIP() << failed.out;  // no PID namespace
  EXPECT_EQ(failed.status, 1);
  EXPECT_EQ(failed.out, "pidproof: violated: pid_reuse/signal pidfd\n");
}

TEST(ExitCause, IsThatNothingIsSupported) {
  EXPECT_EQ(Fails("run --quiet --only life_cycle/alive_signal --world kill:enosys").status, 3);
}

TEST(ExitCause, IsADifferenceFromWhatIsExpected) {
  const TempDir dir;
  std::ofstream(dir.File("expected"))
      << "feature * absent | none [x]\nverdict * * upheld | x [x]\n";
  const Printed failed = Fails("expect " + dir.File("expected") +
                               " " PIDPROOF_SOURCE_DIR "/reports/document/golden_document.json");
  EXPECT_EQ(failed.status, 1);
  EXPECT_NE(failed.out.find("not as " + dir.File("expected") + " expects"), std::string::npos);
}

TEST(ExitCause, IsTroubleInAKernelLog) {
  const TempDir dir;
  std::ofstream(dir.File("log")) << "[    1.0] BUG: kernel NULL pointer dereference, address: 0\n";
  EXPECT_EQ(Fails("kernel-log " + dir.File("log")).status, 1);
}

TEST(ExitCause, IsAnUnknownCommand) {
  const Printed failed = Fails("prove");
  EXPECT_EQ(failed.status, 2);
  EXPECT_NE(failed.out.find("'prove' is not a command"), std::string::npos);
}

TEST(ExitCause, IsTheFirstUnexpectedArgument) {
  EXPECT_EQ(Fails("run --flub 1 --gurk").out.find("pidproof: '--flub' was not expected"), 0u);
  EXPECT_EQ(Fails("list one two three").out.find("pidproof: 'one' was not expected"), 0u);
}

TEST(ExitCause, IsATextThatCannotBeWritten) {
  for (const std::string command : {"--help", "--version", "run --help", "list", "man"}) {
    const Printed failed = RunProgram(command + " 2>&1 >/dev/full");
    EXPECT_EQ(failed.status, 2) << command;
    EXPECT_NE(failed.out.find("No space left on device"), std::string::npos) << failed.out;
  }
}

// What follows a repeatable option's value is an argument of the command.
TEST(Options, LeaveTheArgumentsOfTheCommand) {
  const TempDir dir;
  std::ofstream(dir.File("profile")) << R"({"defaultAction": "SCMP_ACT_ALLOW"})";
  const Printed ready = RunProgram("ready --seccomp " + dir.File("profile") + " go 2>&1");
  EXPECT_EQ(ready.status, 0) << ready.out;
  EXPECT_NE(ready.out.find("go-1.24"), std::string::npos) << ready.out;
}

}  // namespace
}  // namespace pidproof::runner::exit_cause_test
