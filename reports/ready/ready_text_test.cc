#include <gtest/gtest.h>

#include <sstream>
#include <string>
#include <vector>

#include "reports/ready/ready.h"
#include "reports/ready/sample_offers_testing.h"
#include "reports/text/terminal_style.h"
#include "reports/text/text_layout.h"

namespace pidproof::reports::ready::ready_text_test {
namespace {

using sample::kWorlds;
using sample::Refusing;

TEST(ReadyText, ShowsConsumersReasonsAndFixes) {
  const std::string text =
      ReadyText(Assess(Refusing("pidfd_open:EPERM"), {"go-1.24", "qt-forkfd", "java"}), false);
  EXPECT_EQ(text, R"(
READINESS
  1 native, 1 degraded-silently, 1 not-applicable
  consumer   impact             decided by
  go-1.24    degraded-silently  pidfd_open (EPERM): by PID
  qt-forkfd  native

NOT APPLICABLE  they use no pidfd
  java

HOW TO FIX
  pidfd_open (EPERM)  allow pidfd_open
    go-1.24
)");
}

TEST(ReadyText, PrintsAFixOnceForAllThatItServes) {
  const std::string text = ReadyText(
      Assess(Refusing("pidfd_open:EPERM clone:EINVAL"), {"go-1.24", "qt-forkfd", "trio"}), false);
  EXPECT_NE(text.find(R"(
HOW TO FIX
  pidfd_open (EPERM)    allow pidfd_open
    go-1.24  trio
  clone/pidfd (EINVAL)  allow clone
    qt-forkfd
)"),
            std::string::npos)
      << text;
}

TEST(ReadyText, FitsTheColumns) {
  for (const auto& [world, refusals] : kWorlds) {
    std::istringstream lines(ReadyText(Assess(Refusing(refusals), {}), false));
    for (std::string line; std::getline(lines, line);) {
      EXPECT_LE(text::Width(line), text::TerminalStyle::kColumns) << line;
      EXPECT_FALSE(line.ends_with(' ')) << line;
    }
  }
}

TEST(ReadyText, HoldsNothingThatSteersATerminal) {
  const std::string hostile = "\x1b]0;x\x07";
  Readiness row;
  row.consumer = "go";
  row.feature = row.availability = row.errno_name = row.fix = row.instead = row.also = hostile;
  for (std::size_t i = 0; i < kImpacts.size(); ++i) {
    row.impact = static_cast<Impact>(i);
    EXPECT_EQ(ReadyText({row}, false).find_first_of("\x1b\x07"), std::string::npos) << i;
  }
}

TEST(ReadyText, ColoursAddNothingElse) {
  const std::vector<Readiness> rows = Assess(Refusing(kWorlds.at("snap-2.75")), {});
  std::string plain;
  bool inside = false;
  for (const char byte : ReadyText(rows, true)) {
    if (byte == '\x1b') inside = true;
    if (!inside) plain += byte;
    if (byte == 'm') inside = false;
  }
  EXPECT_EQ(plain, ReadyText(rows, false));
}

}  // namespace
}  // namespace pidproof::reports::ready::ready_text_test
