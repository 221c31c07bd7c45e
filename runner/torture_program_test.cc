// Torture as a user asks for it.
#include <fcntl.h>
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <ranges>
#include <regex>
#include <string>
#include <string_view>

#include "probes/system/fd.h"
#include "reports/document/document.h"
#include "reports/document/statistics.h"
#include "reports/document/strength.h"
#include "runner/files.h"
#include "runner/program_testing.h"
#include "scenarios/loop/loop_config.h"

namespace pidproof::runner::torture_program_test {
namespace {

const reports::Cell& Find(const reports::Document& document, reports::Path path) {
  const auto found = std::ranges::find(document.cells, path, &reports::Cell::path);
  Require(found != document.cells.end());
  return *found;
}

reports::Document DocumentOf(const std::string& arguments) {
  return reports::FromJson(RunProgram("run --json - " + arguments).out);
}

TEST(TortureProgram, MakesThatManyTrials) {
  const reports::Document document = DocumentOf("--only reap_race/two_waiters --trials 321");
  for (const reports::Cell& cell : document.cells) EXPECT_EQ(cell.trials, 321u) << cell.path;
}

TEST(TortureProgram, GoesOnUntilSilenceIsWorthEnough) {
  const reports::Document document = DocumentOf("--only pid_reuse/signal --until 1e-3");
  const reports::Cell& pidfd = Find(document, reports::Path::kPidfd);
  EXPECT_EQ(pidfd.verdict, reports::Verdict::kUpheld);
  EXPECT_LE(reports::BoundAtZero95(*pidfd.opportunities), 1e-3);
  const reports::Cell& legacy = Find(document, reports::Path::kLegacyPid);
  EXPECT_EQ(legacy.verdict, reports::Verdict::kHazardous);
  EXPECT_LT(legacy.trials, pidfd.trials);
}

// Without an amount, the time goes where evidence is weakest: none has more than it needs.
TEST(TortureProgram, SpendsItsTimeWhereEvidenceIsWeakest) {
  const reports::Document document = DocumentOf(
      "--only pid_reuse/signal --only pid_reuse/wait --only reap_race/two_waiters --jobs 2");
  std::size_t looked_at = 0;
  for (const reports::Cell& cell : document.cells) {
    if (cell.opportunities != cell.trials) continue;
    ++looked_at;
    // Where every trial is an opportunity, each worker ends as soon as it has enough.
    const bool hit = cell.verdict == reports::Verdict::kHazardous;
    EXPECT_LE(*cell.opportunities,
              2 * scenarios::kFewestOpportunities + (hit ? 0 : reports::kOpportunitiesIfStrong))
        << cell.scenario << " " << cell.path;
  }
  EXPECT_GT(looked_at, 0u) << "no race whose every trial is an opportunity";
}

// A few trials were asked for, and so few prove nothing.
TEST(TortureProgram, CallsAFewTrialsWhatTheyAre) {
  const reports::Document document = DocumentOf("--only pid_reuse/signal --path pidfd --trials 5");
  EXPECT_EQ(Find(document, reports::Path::kPidfd).verdict, reports::Verdict::kInconclusive);
  EXPECT_NE(Find(document, reports::Path::kPidfd).why.find("only 5 opportunities"),
            std::string::npos);
}

// What a run shows on a terminal, and how it leaves it.
std::string ShownOnATerminal(const std::string& arguments, unsigned short columns) {
  const Fd terminal(posix_openpt(O_RDWR | O_NOCTTY));
  Require(terminal && grantpt(terminal.get()) == 0 && unlockpt(terminal.get()) == 0);
  const winsize size{.ws_row = 24, .ws_col = columns, .ws_xpixel = 0, .ws_ypixel = 0};
  Require(ioctl(terminal.get(), TIOCSWINSZ, &size) == 0);
  const Printed printed = RunProgram(fmt::format("{} 2>{}", arguments, ptsname(terminal.get())));
  EXPECT_NE(printed.status, 1);
  std::string shown;
  char bytes[4096];
  // Until EIO, which says that no process has it open any more.
  for (ssize_t count = 0; (count = read(terminal.get(), bytes, sizeof bytes)) > 0;) {
    shown.append(bytes, static_cast<std::size_t>(count));
  }
  return shown;
}

// What stays on it at the end is nothing.
TEST(TortureProgram, ShowsOnATerminalHowFarItIs) {
  const std::string shown = ShownOnATerminal("--only pid_reuse/signal --for 1s --until 1e-6", 200);
  const std::regex line(
      R"(\[1/2\] \d+ s, about \d+ s left, of all \d+ s: pid_reuse/signal pidfd: )"
      R"(harm: 0 in [\d,]+ opportunities: with 95 % confidence fewer than 1 in )");
  EXPECT_TRUE(std::regex_search(shown, line)) << shown;
  EXPECT_TRUE(shown.ends_with("\r\033[K")) << shown;
}

// What goes on in the next line is not replaced.
TEST(TortureProgram, ShowsNoMoreThanTheTerminalIsWide) {
  const std::string shown = ShownOnATerminal("--only pid_reuse/signal --for 300ms", 60);
  std::size_t lines = 0;
  for (const auto part : std::views::split(shown, std::string_view("\r\033[K"))) {
    EXPECT_LT(std::string_view(part.begin(), part.end()).size(), 60u) << shown;
    ++lines;
  }
  EXPECT_GT(lines, 2u) << shown;
}

TEST(TortureProgram, ReportsHowAWindowIsOpened) {
  const reports::Document placed = DocumentOf("--only pid_reuse/signal --trials 50");
  EXPECT_EQ(Find(placed, reports::Path::kPidfd).opened_by, "PID placed by set_tid");
  EXPECT_EQ(Find(placed, reports::Path::kPidfd).opportunities,
            Find(placed, reports::Path::kPidfd).trials);
  const reports::Document other =
      DocumentOf("--only pid_reuse/signal --trials 50 --pid-method ns_last_pid");
  EXPECT_NE(Find(other, reports::Path::kPidfd).opened_by, "PID placed by set_tid");
  // pid_max is written only where the census has found it to be the namespace's own (6.14).
  const reports::Document limited = DocumentOf(
      "--trials 5 --only pid_reuse/signal --pid-method pid_max "
      "--only pid_namespace/pid_max");
  const bool own = limited.features.front().availability == reports::Availability::kPresent;
  EXPECT_EQ(Find(limited, reports::Path::kPidfd).opened_by == "PID placed by pid_max", own);
  const reports::Document raced = DocumentOf("--only reap_race/two_waiters --trials 500");
  const reports::Cell& race = Find(raced, reports::Path::kPidfd);
  ASSERT_EQ(race.acts.size(), 2u);
  EXPECT_EQ(race.acts[0].began_first + race.acts[1].began_first, race.trials);
  EXPECT_EQ(race.acts[0].won + race.acts[1].won, race.trials);
}

TEST(TortureProgram, ShareTheWorkAmongWorkers) {
  const reports::Document document = DocumentOf("--only pid_reuse/signal --trials 1000 --jobs 2");
  for (const reports::Cell& cell : document.cells) {
    EXPECT_EQ(cell.workers, 2u);
    EXPECT_EQ(cell.trials, 1000u);
  }
  const std::string few = "--only pid_reuse/signal --path pidfd --jobs 2 --trials ";
  EXPECT_EQ(Find(DocumentOf(few + "3"), reports::Path::kPidfd).trials, 3u);
  EXPECT_EQ(Find(DocumentOf(few + "1"), reports::Path::kPidfd).trials, 1u);
}

// What cannot be kept on the way is reported at the end, by all workers' parent.
TEST(TortureProgram, SaysThatTheDocumentCannotBeKept) {
  const TempDir folder;
  const int status = std::system(
      fmt::format("ulimit -f 4; {} run --only pid_reuse/signal --only pid_reuse/wait --for 700ms "
                  "--jobs 2 --quiet --json {} 2>{}",
                  PIDPROOF_BINARY, folder.File("so_far.json"), folder.File("said"))
          .c_str());
  EXPECT_EQ(WEXITSTATUS(status), 2);
  EXPECT_NE(ReadInput(folder.File("said")).find("so_far.json: File too large"), std::string::npos);
}

// A path that is not asked for is run all the same where it is the control.
TEST(TortureProgram, RunsTheControlOfThePathThatIsAskedFor) {
  const reports::Document document =
      DocumentOf("--only pid_reuse/signal --path pidfd --trials 500");
  EXPECT_EQ(document.cells.size(), 1u);
  EXPECT_EQ(Find(document, reports::Path::kPidfd).verdict, reports::Verdict::kUpheld);
}

// A mere control is none of the loops asked for: it ends when its harm has come.
TEST(TortureProgram, CountsNoControlAmongTheLoops) {
  const std::string shown =
      ShownOnATerminal("--only pid_reuse/signal --path pidfd --for 300ms", 80);
  EXPECT_NE(shown.find("[1/1] "), std::string::npos) << shown;
  EXPECT_NE(shown.find(" left: pid_reuse/signal pidfd: "), std::string::npos) << shown;
  EXPECT_EQ(shown.find("legacy_pid"), std::string::npos) << shown;
}

// A violation is kept as it went, and comes again when it is set up again.
TEST(TortureProgram, RunsARecordAgain) {
  const TempDir folder;
  const std::string file = folder.File("broken.json");
  const std::string only = "--only reap_race/two_waiters --path pidfd ";
  const Printed broken = RunProgram(
      fmt::format("run {} --world fault:status-twice@0.05 --quiet --json {}", only, file));
  EXPECT_EQ(broken.status, 1);
  const Printed again = RunProgram("replay --trials 2000 " + file);
  EXPECT_EQ(again.status, 1) << again.out;
  EXPECT_NE(again.out.find("two_winners: recurs in "), std::string::npos) << again.out;
}

// The same schedule on a sound subject: it does not come again.
TEST(TortureProgram, SaysWhenARecordDoesNotRecur) {
  const TempDir folder;
  const std::string file = folder.File("broken.json");
  reports::Document document =
      DocumentOf("--only reap_race/two_waiters --path pidfd --world fault:status-twice@0.05");
  ASSERT_FALSE(document.cells.front().records.empty());
  document.cells.front().world = "native";
  FILE* out = fopen(file.c_str(), "w");
  ASSERT_NE(out, nullptr);
  const std::string text = reports::ToJson(document);
  EXPECT_EQ(fwrite(text.data(), 1, text.size(), out), text.size());
  fclose(out);
  const Printed again = RunProgram("replay --trials 5000 " + file);
  // 3 where that schedule, drawn before the lengths were learnt, opens no window here.
  EXPECT_TRUE(again.status == 0 || again.status == 3) << again.out;
  EXPECT_NE(again.out.find("recurs in 0 of 5,000 trials"), std::string::npos) << again.out;
}

TEST(TortureProgram, RefusesToReplayWhatHasNoRecord) {
  const TempDir folder;
  const std::string file = folder.File("clean.json");
  EXPECT_EQ(RunProgram("run --only pid_reuse/signal --trials 40 --quiet --json " + file).status, 0);
  const Printed refused = RunProgram(fmt::format("replay {} 2>&1", file));
  EXPECT_EQ(refused.status, 3);
  EXPECT_EQ(std::ranges::count(refused.out, '\n'), 1) << refused.out;
}

}  // namespace
}  // namespace pidproof::runner::torture_program_test
