// The program as its users call it.
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "probes/system/require.h"
#include "reports/document/document.h"
#include "runner/commands/command.h"
#include "runner/program_testing.h"

namespace pidproof::runner::program_test {
namespace {

// What depends on chance: races, and known kernel bugs, which come or do not.
bool IsChancy(const reports::Document& document, const std::string& name) {
  const auto scenario = std::ranges::find(document.scenarios, name, &reports::Scenario::name);
  return scenario->kind == reports::ScenarioKind::kTorture ||
         std::ranges::any_of(scenario->claims,
                             [](const reports::Claim& claim) { return !claim.bug.empty(); });
}

// On a slow machine a race may stay undecided; nothing else may.
TEST(Program, RunsEverythingAndFindsNoViolation) {
  const Printed run = RunProgram("run --for 20ms --json -");
  EXPECT_TRUE(run.status == 0 || run.status == 3) << run.status;
  const reports::Document document = reports::FromJson(run.out);
  EXPECT_GE(document.features.size(), 26u);
  EXPECT_EQ(document.cells.size(), 2 * document.scenarios.size());
  EXPECT_TRUE(document.run.host_pids_used.has_value());
  for (const reports::Cell& cell : document.cells) {
    const bool undecided =
        cell.verdict == reports::Verdict::kInconclusive && IsChancy(document, cell.scenario);
    EXPECT_TRUE(undecided || cell.verdict == reports::Verdict::kUpheld ||
                cell.verdict == reports::Verdict::kHazardous ||
                cell.verdict == reports::Verdict::kUnsupported)
        << cell.scenario << " " << cell.path << " is " << cell.verdict << ": " << cell.why;
  }
}

const reports::Cell& Find(const reports::Document& document, std::string_view scenario,
                          reports::Path path) {
  for (const reports::Cell& cell : document.cells) {
    if (cell.scenario == scenario && cell.path == path) return cell;
  }
  throw Broken(fmt::format("no cell {} {}", scenario, path));
}

TEST(Program, ShowsTheProcessThatAReusedPidHits) {
  const reports::Document document =
      reports::FromJson(RunProgram("run --only 'pid_reuse/signal' --for 300ms --json -").out);
  const reports::Cell& legacy = Find(document, "pid_reuse/signal", reports::Path::kLegacyPid);
  EXPECT_EQ(legacy.verdict, reports::Verdict::kHazardous);
  EXPECT_EQ(legacy.outcomes.at("hit_stranger"), legacy.trials);
  const reports::Cell& pidfd = Find(document, "pid_reuse/signal", reports::Path::kPidfd);
  EXPECT_EQ(pidfd.verdict, reports::Verdict::kUpheld);
  EXPECT_EQ(pidfd.outcomes.count("hit_stranger"), 0u);
  EXPECT_GT(pidfd.trials, 100u);
}

// A run's document without what may differ from run to run: times, counts, sentences with counts in
// them, and what depends on chance. So no races are run for it.
std::string Constant(reports::Document document) {
  document.run = {.started = "", .seed = document.run.seed, .host_pids_used = std::nullopt};
  document.kernel_log.reset();  // other programs' trouble may come at any time
  std::erase_if(document.cells,
                [&](const reports::Cell& cell) { return IsChancy(document, cell.scenario); });
  for (reports::Cell& cell : document.cells) cell.why.clear();
  return reports::ToJson(document);
}

TEST(Program, WritesTheSameDocumentForTheSameSeed) {
  const std::string arguments = "run --seed 7 --conformance-only --json -";
  EXPECT_EQ(Constant(reports::FromJson(RunProgram(arguments).out)),
            Constant(reports::FromJson(RunProgram(arguments).out)));
}

std::map<std::string, reports::Verdict> Verdicts(const std::string& arguments) {
  std::map<std::string, reports::Verdict> verdicts;
  const reports::Document document =
      reports::FromJson(RunProgram("run --conformance-only --json - " + arguments).out);
  for (const reports::Cell& cell : document.cells) {
    const bool by_chance =
        cell.verdict != reports::Verdict::kViolated && IsChancy(document, cell.scenario);
    if (!by_chance) verdicts[fmt::format("{} {}", cell.scenario, cell.path)] = cell.verdict;
  }
  return verdicts;
}

TEST(Program, GivesTheSameVerdictsInAnyOrderCompanyAndCountOfWorkers) {
  const auto alone = Verdicts("--seed 1 --jobs 1");
  EXPECT_GT(alone.size(), 900u);
  EXPECT_EQ(Verdicts("--seed 2 --jobs 2"), alone);
  EXPECT_EQ(Verdicts("--seed 3 --jobs 7"), alone);
  for (const auto& [row, verdict] : Verdicts("--seed 4 --only '*/*_child*' --only 'wait/*'")) {
    EXPECT_EQ(verdict, alone.at(row)) << row;
  }
}

TEST(Program, LeavesOutThePathThatWasNotAskedForButKeepsItsControl) {
  const reports::Document document = reports::FromJson(
      RunProgram("run --path pidfd --only 'pid_reuse/signal' --for 100ms --json -").out);
  ASSERT_EQ(document.cells.size(), 1u);
  EXPECT_EQ(document.cells[0].verdict, reports::Verdict::kUpheld);
}

TEST(Program, ReadsUnsupportedWhereAWorldTakesTheNeedsAway) {
  const reports::Document document = reports::FromJson(
      RunProgram("run --world pidfd_open:eperm --only 'life_cycle/alive_signal' --json -").out);
  EXPECT_EQ(Find(document, "life_cycle/alive_signal", reports::Path::kPidfd).verdict,
            reports::Verdict::kUnsupported);
  EXPECT_EQ(Find(document, "life_cycle/alive_signal", reports::Path::kLegacyPid).verdict,
            reports::Verdict::kUpheld);
}

// A lie that the trial alone meets shows a claim fail; where the census meets it too, the feature
// seems to be missing.
TEST(Program, ViolatesAClaimWhereTheTrialAloneIsLiedTo) {
  const auto cell_in = [](const std::string& world, int status) {
    const Printed printed =
        RunProgram("run --only life_cycle/dead_signal --json - --path pidfd --world " + world);
    EXPECT_EQ(printed.status, status) << world;
    const reports::Document document = reports::FromJson(printed.out);
    EXPECT_EQ(document.cells.size(), 1u) << world;
    return document.cells.at(0);
  };
  if (cell_in("native", 0).verdict != reports::Verdict::kUpheld) {
    GTEST_SKIP() << "no pidfds or no PID namespace here";
  }
  const reports::Cell lied_to = cell_in("trial:pidfd_send_signal:ok", 1);
  EXPECT_EQ(lied_to.verdict, reports::Verdict::kViolated) << lied_to.why;
  EXPECT_EQ(lied_to.world, "trial:pidfd_send_signal:ok");
  EXPECT_EQ(cell_in("pidfd_send_signal:ok", 3).verdict, reports::Verdict::kUnsupported);
}

TEST(Program, SetsAViewWithFewerRightsBesideTheFullOne) {
  const reports::Document document = reports::FromJson(
      RunProgram("run --as nocaps --only setns/pidfd --only life_cycle/alive_signal --json -").out);
  ASSERT_EQ(document.features.size(), 2u);
  EXPECT_EQ(document.features[0].world, "native");
  EXPECT_EQ(document.features[1].world, "native as nocaps");
  EXPECT_EQ(document.features[1].availability, reports::Availability::kDenied);
  EXPECT_EQ(document.features[1].refused_by, "capability");
  ASSERT_EQ(document.cells.size(), 4u);
  for (const reports::Cell& cell : document.cells)
    EXPECT_EQ(cell.verdict, reports::Verdict::kUpheld) << cell.why;
  EXPECT_EQ(RunProgram("probe --quiet --as 1234 --as drop:cap_kill --json -").status,
            geteuid() == 0 ? 0 : 2);
}

TEST(Program, LeavesTheTortureOutWhenAsked) {
  const reports::Document document = reports::FromJson(
      RunProgram("run --conformance-only --only '*/dead_pid' --only 'pid_*/*' --json -").out);
  EXPECT_FALSE(document.cells.empty());
  for (const reports::Scenario& scenario : document.scenarios) {
    EXPECT_EQ(scenario.kind, reports::ScenarioKind::kConformance) << scenario.name;
  }
}

TEST(Program, PrintsTheHostsNameOnlyWhenAsked) {
  char name[256] = "";
  ASSERT_EQ(gethostname(name, sizeof name - 1), 0);
  const auto host = [&](const std::string& flag) {
    return reports::FromJson(RunProgram("probe --json - " + flag).out).host;
  };
  EXPECT_EQ(host("").hostname, "");
  EXPECT_EQ(host("--hostname").hostname, name);
  EXPECT_EQ(host("").fingerprint, host("--hostname").fingerprint);
  EXPECT_NE(host("").fingerprint, "");
  EXPECT_EQ(host("--only select").fingerprint, "") << "one feature is not the whole machine";
}

TEST(Program, NamesEveryMistakeInOneLineAndExitsWithTwo) {
  const TempDir folder;
  std::ofstream(folder.File("broken.json")) << "{\"schema\": 7}";
  for (const std::string& arguments :
       {std::string("--flub"),
        std::string("run --conformance-only --only pid_reuse/signal"),
        std::string("run --world nowhere"),
        std::string("run --only 'zz*'"),
        std::string("run --for 5"),
        std::string("run --for -1s"),
        std::string("run --nice 5"),
        std::string("probe --nice 20"),
        std::string("probe --nice -1"),
        std::string("probe --spread 5"),
        std::string("probe --cpu-budget 0s"),
        std::string("probe --anonymise ''"),
        std::string("run --seed -3"),
        std::string("run --path both_of_them"),
        std::string("run --as somebody"),
        std::string("run --as ''"),
        std::string("probe --caps ''"),
        std::string("run --as drop:cap_flub"),
        std::string("run --world clone3:ok"),
        std::string("run --world all:ok"),
        std::string("run --world trial:native"),
        std::string("run --world trial:fault:lost-wakeup"),
        std::string("probe --world trial:setns:ok"),
        std::string("ready --world trial:setns:ok"),
        std::string("run --as nocaps --as nocaps"),
        std::string("run --world all:eperm --world all:eperm"),
        std::string("show /no/such/file"),
        std::string("show"),
        "show " + folder.File("broken.json"),
        "show " + folder.File("broken.json") + " --html " + folder.File("./broken.json"),
        "report " + folder.File("broken.json") + " --to ktap -o " + folder.File("broken.json"),
        fmt::format("probe --json {} --html {}", folder.File("new"), folder.File("./new")),
        std::string("run --pid-method wrap"),
        std::string("show ") + std::string(5000, 'a'),
        "table " + folder.File("broken.json"),
        std::string("probe --json /no/such/folder/x.json")}) {
    const Printed printed = RunProgram(arguments + " 2>&1 >/dev/null");
    EXPECT_EQ(printed.status, 2) << arguments;
    EXPECT_EQ(std::count(printed.out.begin(), printed.out.end(), '\n'), 1)
        << arguments << ": " << printed.out;
    EXPECT_EQ(printed.out.rfind("pidproof: ", 0), 0u) << arguments << ": " << printed.out;
  }
}

std::string Complaint(const std::string& arguments) {
  const Printed printed = RunProgram(arguments + " 2>&1 >/dev/null");
  EXPECT_EQ(printed.status, 2) << arguments;
  return printed.out;
}

TEST(Program, NamesAnUnknownOptionBeforeWhatIsMissing) {
  for (const commands::Command* command : Registered<commands::Command>::All()) {
    EXPECT_EQ(Complaint(fmt::format("{} --bogus", command->name)),
              fmt::format("pidproof: '--bogus' was not expected; 'pidproof {} --help' lists what "
                          "is\n",
                          command->name));
  }
  EXPECT_EQ(Complaint("list --worlds --claims --bogus"),
            "pidproof: '--bogus' was not expected; 'pidproof list --help' lists what is\n");
  EXPECT_EQ(Complaint("show"), "pidproof: FILE is required\n");
}

TEST(Program, NamesOptionValueAndRangeOfANumber) {
  const std::vector<std::pair<std::string, std::string>> amounts = {
      {"--trials 99999999999999999999", "a whole number from 1 to 18446744073709551615"},
      {"--trials -1", "a whole number from 1 to 18446744073709551615"},
      {"--seed -1", "a whole number from 0 to 18446744073709551615"},
      {"--seed 18446744073709551616", "a whole number from 0 to 18446744073709551615"},
      {"--trials 0", "a whole number from 1 to 18446744073709551615"},
      {"--jobs 65", "a whole number from 1 to 64"},
      {"--jobs 1e9", "a whole number from 1 to 64"},
      {"--jobs 99999999999999999999", "a whole number from 1 to 64"},
      {"--for 99999999999h", "a duration from 1ms to 1000h, such as 250ms, 10s, 5m or 1h"},
      {"--for 1e999h", "a duration from 1ms to 1000h, such as 250ms, 10s, 5m or 1h"},
      {"--until 1e99", "a fraction from 1e-12 to 0.5, such as 1e-6"}};
  for (const auto& [amount, range] : amounts) {
    const std::size_t space = amount.find(' ');
    EXPECT_EQ(Complaint("run " + amount),
              fmt::format("pidproof: {} '{}' is not {}\n", amount.substr(0, space),
                          amount.substr(space + 1), range));
  }
}

TEST(Program, RendersLaterWhatItWroteThen) {
  const TempDir folder;
  ASSERT_EQ(RunProgram("probe --quiet --json " + folder.File("matrix.json")).status, 0);
  EXPECT_NE(RunProgram("show --verbose " + folder.File("matrix.json")).out.find("waitid/p_pidfd"),
            std::string::npos);
  EXPECT_EQ(RunProgram("show --html " + folder.File("page.html") + " " + folder.File("matrix.json"))
                .status,
            0);
  EXPECT_GT(std::filesystem::file_size(folder.File("page.html")), 1000u);
  EXPECT_NE(RunProgram("table " + folder.File("matrix.json")).out.find("waitid/p_pidfd"),
            std::string::npos);
}

TEST(Program, ColoursOnlyATerminal) {
  EXPECT_EQ(RunProgram("probe").out.find('\033'), std::string::npos);
  EXPECT_NE(RunProgram("list").out.find("pid_reuse/signal"), std::string::npos);
  EXPECT_NE(RunProgram("list --worlds").out.find("linux-5.3"), std::string::npos);
}

// What an ordinary user gets, seen from root: the same verdicts, from a namespace of the user's
// own, or none for want of a right, but seldom.
TEST(Program, GivesAnOrdinaryUserTheSameVerdicts) {
  if (geteuid() != 0) GTEST_SKIP() << "this is the ordinary user";
  const TempDir folder;
  const std::string copy = folder.File("pidproof");
  std::filesystem::copy_file(PIDPROOF_BINARY, copy);
  chmod(std::filesystem::path(copy).parent_path().c_str(), 0755);
  const reports::Document root =
      reports::FromJson(RunProgram("run --conformance-only --json -").out);
  FILE* pipe = popen(
      fmt::format("setpriv --reuid 65534 --regid 65534 --clear-groups {} run --for 5ms --json -",
                  copy)
          .c_str(),
      "r");
  std::string text;
  char bytes[4096];
  for (std::size_t count = 0; (count = fread(bytes, 1, sizeof bytes, pipe)) > 0;)
    text.append(bytes, count);
  EXPECT_NE(WEXITSTATUS(pclose(pipe)), 1);
  const reports::Document user = reports::FromJson(text);
  ASSERT_EQ(user.cells.size(), 2 * user.scenarios.size());
  ASSERT_GT(user.cells.size(), root.cells.size());
  std::size_t unsupported = 0;
  for (const reports::Cell& own : user.cells) {
    if (own.verdict == reports::Verdict::kUnsupported) {
      EXPECT_FALSE(own.why.empty());
      ++unsupported;
      continue;
    }
    if (IsChancy(user, own.scenario)) {
      EXPECT_TRUE(own.verdict == reports::Verdict::kUpheld ||
                  own.verdict == reports::Verdict::kHazardous ||
                  own.verdict == reports::Verdict::kInconclusive)
          << own.scenario << " is " << own.verdict << ": " << own.why;
      continue;
    }
    EXPECT_EQ(own.verdict, Find(root, own.scenario, own.path).verdict)
        << own.scenario << ": " << own.why;
  }
  EXPECT_LT(unsupported, user.cells.size() / 2);
}

// Within two seconds a file would get the document so far several times.
TEST(Program, WritesADeviceOrAPipeOnce) {
  const Printed run =
      RunProgram("run --quiet --for 1s --only pid_reuse/signal --json /dev/stderr 2>&1 >/dev/null");
  EXPECT_FALSE(reports::FromJson(run.out).run.interrupted);
}

}  // namespace
}  // namespace pidproof::runner::program_test
