#include "runner/exit_style.h"

#include <gtest/gtest.h>

#include "runner/program_testing.h"

namespace pidproof::runner::exit_style_test {
namespace {

using reports::Verdict;

reports::Document With(std::vector<Verdict> verdicts) {
  reports::Document document;
  document.run.only = "a/*";
  for (const Verdict verdict : verdicts) {
    reports::Cell cell;
    cell.world = "native";
    cell.scenario = "a/" + std::to_string(document.cells.size());
    cell.verdict = verdict;
    cell.why = "why";
    document.scenarios.push_back({.name = cell.scenario, .question = "?", .claims = {}});
    document.cells.push_back(cell);
    cell.path = reports::Path::kLegacyPid;
    document.cells.push_back(cell);
  }
  return document;
}

struct Row {
  std::vector<Verdict> verdicts;
  int native, kselftest, ltp, automake, bisect, nagios;
};

class ExitStyles : public testing::TestWithParam<Row> {};

TEST_P(ExitStyles, AreWhatTheirToolsRead) {
  const reports::Document document = With(GetParam().verdicts);
  EXPECT_EQ(StatusOf(document, ExitStyle::kNative), GetParam().native);
  EXPECT_EQ(StatusOf(document, ExitStyle::kKselftest), GetParam().kselftest);
  EXPECT_EQ(StatusOf(document, ExitStyle::kLtp), GetParam().ltp);
  EXPECT_EQ(StatusOf(document, ExitStyle::kAutomake), GetParam().automake);
  EXPECT_EQ(StatusOf(document, ExitStyle::kBisect), GetParam().bisect);
  EXPECT_EQ(StatusOf(document, ExitStyle::kNagios), GetParam().nagios);
  EXPECT_EQ(StatusOf(document, ExitStyle::kAlwaysZero), 0);
  // OK, critical and unknown are 0, 2 and 3 of the one, and 0, 1 and 2 of the other.
  EXPECT_EQ(StatusOf(document, ExitStyle::kNpd), std::max(GetParam().nagios - 1, 0));
  // A unit is skipped where Nagios is not well, and never fails for it.
  const int condition = StatusOf(document, ExitStyle::kExecCondition);
  EXPECT_EQ(condition == 0, GetParam().nagios == 0);
  EXPECT_LT(condition, 255);
}

TEST(ExitStyle, IsThatOfAGateToo) {
  const auto status = [](const std::string& style, const std::string& rest) {
    return RunProgram(fmt::format("ready --quiet --exit-style {} {} 2>&1", style, rest)).status;
  };
  const std::string refused = "--require go-1.24 --world docker-19.03";
  EXPECT_EQ(status("native", refused), 1);
  EXPECT_EQ(status("nagios", refused), 2);
  EXPECT_EQ(status("npd", refused), 1);
  EXPECT_EQ(status("execcondition", refused), 1);
  EXPECT_EQ(status("execcondition", "--require no-such-program"), 255);
  EXPECT_EQ(status("npd", "--require no-such-program"), 2);
}

INSTANTIATE_TEST_SUITE_P(
    Rows, ExitStyles,
    testing::Values(Row{{Verdict::kUpheld}, 0, 0, 0, 0, 0, 0},
                    Row{{Verdict::kUpheld, Verdict::kHazardous}, 0, 0, 0, 0, 0, 0},
                    Row{{Verdict::kUpheld, Verdict::kUnsupported}, 0, 0, 0, 0, 0, 0},
                    Row{{Verdict::kUpheld, Verdict::kViolated}, 1, 1, 1, 1, 1, 2},
                    Row{{Verdict::kViolated, Verdict::kBroken}, 1, 1, 3, 1, 1, 2},
                    Row{{Verdict::kUnsupported}, 3, 4, 32, 77, 125, 3},
                    Row{{Verdict::kInconclusive}, 3, 4, 32, 77, 125, 3},
                    Row{{Verdict::kUpheld, Verdict::kInconclusive}, 3, 0, 0, 0, 125, 0},
                    Row{{Verdict::kUpheld, Verdict::kHung}, 3, 1, 2, 99, 125, 3},
                    Row{{Verdict::kUpheld, Verdict::kBroken}, 3, 1, 2, 99, 125, 3}));

TEST(ExitStyle, ADocumentWithAGapNeverPasses) {
  reports::Document document = With({Verdict::kUpheld});
  document.run.interrupted = true;
  for (const std::string& name : ExitStyleNames()) {
    if (name == "native" || name == "always-zero") continue;  // "native": 130 of the program itself
    EXPECT_NE(StatusOf(document, *ExitStyleOf(name)), 0) << name;
  }
}

// git bisect takes 1 to 124 for bad: a mistyped call must not condemn every commit.
TEST(ExitStyle, WrongUsageEndsABisection) {
  EXPECT_EQ(RunProgram("run --exit-style bisect --only no/such").status, 128);
  EXPECT_EQ(RunProgram("run --no-such --exit-style=bisect").status, 128);
  EXPECT_EQ(RunProgram("run --no-such --exit-style=kselftest").status, 1);
  EXPECT_EQ(RunProgram("run --no-such").status, 2);
  EXPECT_EQ(RunProgram("run --exit-style no-such").status, 2);
}

TEST(ExitStyle, IsObeyedByTheProgram) {
  const std::string violated =
      "run --only life_cycle/dead_signal --world trial:pidfd_send_signal:ok --quiet";
  EXPECT_EQ(RunProgram(violated + " --exit-style nagios").status, 2);
  EXPECT_EQ(RunProgram(violated + " --exit-style always-zero").status, 0);
}

}  // namespace
}  // namespace pidproof::runner::exit_style_test
