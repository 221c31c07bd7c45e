// An empty result is never a good one: every command that answers from a document, on documents
// that answer nothing or not all.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <functional>
#include <string>
#include <vector>

#include "reports/document/document.h"
#include "runner/program_testing.h"

namespace pidproof::runner::gate_test {
namespace {

reports::Feature Present(const std::string& world, const std::string& name) {
  return {world, name, "5.3", reports::Availability::kPresent, "EINVAL", "tried"};
}

reports::Document Whole() {
  reports::Document document;
  document.tool = "pidproof 0.1.0";
  document.run.started = "2026-01-01T00:00:00Z";
  document.host = {.release = "6.18.0",
                   .machine = "x86_64",
                   .libc = "glibc 2.36",
                   .uid = 0,
                   .isolation = "root",
                   .pid_max = {},
                   .seccomp_mode = {}};
  for (const char* name : {"pidfd_open", "waitid/p_pidfd", "pidfd_send_signal", "clone/pidfd"}) {
    document.features.push_back(Present("native", name));
  }
  return document;
}

class Gate : public testing::Test {
 protected:
  std::string Write(std::string_view text, std::string_view name = "d.json") const {
    std::ofstream(folder_.File(name)) << text;
    return folder_.File(name);
  }
  std::string Write(const reports::Document& document) const {
    return Write(reports::ToJson(document));
  }

  // Exits with that status and says why in one line on stderr that has the words.
  void ExpectLine(const std::string& arguments, int status, const std::string& words) const {
    const Printed printed = RunProgram(arguments + " 2>&1 >/dev/null");
    EXPECT_EQ(printed.status, status) << arguments << ": " << printed.out;
    EXPECT_EQ(std::ranges::count(printed.out, '\n'), 1) << arguments << ": " << printed.out;
    EXPECT_TRUE(printed.out.starts_with("pidproof: ")) << arguments << ": " << printed.out;
    EXPECT_NE(printed.out.find(words), std::string::npos) << arguments << ": " << printed.out;
  }

  // Every command that answers from a document; expect answers with 1 where it can read it.
  void ExpectNoAnswer(const std::string& file, const std::string& words, bool readable) const {
    const std::string expected = Write("feature * present | all [x]\n", "expected");
    ExpectLine("show " + file, 3, words);
    ExpectLine("table " + file, 3, words);
    ExpectLine("ready --from " + file, 3, words);
    ExpectLine("ready --quiet --require go-1.24 --from " + file, 3, words);
    if (readable) {
      const Printed printed = RunProgram(fmt::format("expect {} {} 2>&1", expected, file));
      EXPECT_EQ(printed.status, 1);
      EXPECT_NE(printed.out.find(words), std::string::npos) << printed.out;
    } else {
      ExpectLine(fmt::format("expect {} {}", expected, file), 3, words);
      ExpectLine("explain pidfd_open --from " + file, 3, words);
      ExpectLine("replay " + file, 3, words);
    }
  }

  TempDir folder_;
};

TEST_F(Gate, SaysYesToAWholeDocument) {
  const std::string file = Write(Whole());
  EXPECT_EQ(RunProgram("ready --quiet --require go-1.24 --from " + file + " 2>&1").out, "");
  EXPECT_EQ(RunProgram("ready --quiet --require go-1.24 --from " + file).status, 0);
  for (const char* command : {"show ", "table ", "ready --from ", "explain pidfd_open --from "}) {
    EXPECT_EQ(RunProgram(command + file + " 2>&1 >/dev/null").out, "") << command;
    EXPECT_EQ(RunProgram(command + file).status, 0) << command;
  }
}

TEST_F(Gate, SaysNoToADocumentOfAFailedOrInterruptedRun) {
  reports::Document failed = Whole();
  failed.run.failure = "no census of p: the census died of SIGSYS in getegid";
  ExpectNoAnswer(Write(failed), failed.run.failure, true);
  reports::Document interrupted = Whole();
  interrupted.run.interrupted = true;
  ExpectNoAnswer(Write(interrupted), "interrupted", true);
}

TEST_F(Gate, SaysNoToADocumentWithoutRows) {
  reports::Document empty = Whole();
  empty.features.clear();
  ExpectNoAnswer(Write(empty), "no feature", true);
  ExpectLine("explain pidfd_open --from " + Write(empty), 3, "no row of pidfd_open");
}

reports::Cell Unsupported(const std::string& scenario, const std::string& why) {
  reports::Cell cell;
  cell.world = "native";
  cell.scenario = scenario;
  cell.path = reports::Path::kPidfd;
  cell.verdict = reports::Verdict::kUnsupported;
  cell.why = why;
  return cell;
}

reports::Document WithVerdicts() {
  reports::Document document = Whole();
  document.scenarios = {
      {"life_cycle/alive_signal", "Does it?", reports::ScenarioKind::kConformance, {}},
      {"c/d", "Will it?", reports::ScenarioKind::kTorture, {}}};
  document.cells = {Unsupported("life_cycle/alive_signal", "needs x"),
                    Unsupported("c/d", "needs y")};
  document.cells.front().verdict = reports::Verdict::kUpheld;
  return document;
}

TEST_F(Gate, SaysNoToADocumentWithVerdictsButNoFeature) {
  EXPECT_EQ(RunProgram("show " + Write(WithVerdicts())).status, 0);
  reports::Document empty = WithVerdicts();
  empty.features.clear();
  ExpectNoAnswer(Write(empty), "there is no feature of the world native", true);
  ExpectLine("explain life_cycle/alive_signal --from " + Write(empty), 3,
             "there is no feature of the world native");
  empty.run.only = "life_cycle/alive_signal c/d";  // no feature was asked for
  EXPECT_EQ(RunProgram("show " + Write(empty)).status, 0);
  reports::Document elsewhere = WithVerdicts();
  for (reports::Cell& cell : elsewhere.cells) cell.world = "docker-now";
  ExpectNoAnswer(Write(elsewhere), "no feature of the world docker-now", true);
}

TEST_F(Gate, SaysNoToADocumentWithScenariosButNoVerdict) {
  reports::Document part = WithVerdicts();
  part.cells.pop_back();
  ExpectNoAnswer(Write(part), "there is no verdict of c/d in the world native", true);
  part.cells.clear();
  ExpectNoAnswer(Write(part),
                 "there is no verdict of life_cycle/alive_signal in the world native, and 1 more",
                 true);
  reports::Document elsewhere = WithVerdicts();
  elsewhere.features.push_back(Present("docker-now", "pidfd_open"));
  ExpectNoAnswer(Write(elsewhere),
                 "no verdict of life_cycle/alive_signal in the world docker-now, and 1 more", true);
}

TEST_F(Gate, SaysNoToVerdictsOfWhichNoneDecidesAnything) {
  reports::Document nothing = WithVerdicts();
  nothing.cells.front() = Unsupported("life_cycle/alive_signal", "needs y");
  const std::string words = "all 2 verdicts are unsupported, 2 of them for this: needs y";
  ExpectLine("show " + Write(nothing), 3, words);
  EXPECT_EQ(RunProgram("table " + Write(nothing)).status, 0) << "its features are an answer";
  nothing.features.clear();
  nothing.run.only = "life_cycle/alive_signal c/d";
  ExpectLine("table " + Write(nothing), 3, words);
  ExpectLine("run --quiet --world pidfd_open:enosys --path pidfd --only life_cycle/alive_signal", 3,
             "nothing was decided: all 1 verdicts are unsupported, 1 of them for this: needs "
             "pidfd_open");
}

TEST_F(Gate, RefusesADocumentOrAProfileThatHasAKeyTwice) {
  const std::string whole = reports::ToJson(WithVerdicts());
  const auto twice = [&](std::string_view before, std::string_view added) {
    std::string text = whole;
    return text.insert(text.find(before), added);
  };
  const std::string document = Write(twice("\"run\"", "\"tool\": \"pidproof 0\", "));
  for (const char* command :
       {"show ", "table ", "ready --from ", "replay ", "explain pidfd_open --from "}) {
    ExpectLine(command + document, 2, "the key \"tool\" stands twice in the whole: keep one");
  }
  const std::string expected = Write("feature * present | all [x]\n", "expected");
  ExpectLine(fmt::format("expect {} {}", expected, document), 2, "the key \"tool\" stands twice");
  ExpectLine("show " + Write(twice("\"reason\":\"needs y\"", "\"reason\":\"\", ")), 2,
             "the key \"reason\" stands twice in \"cells\"[1]: keep one");
  const std::string profile = Write(
      R"({"defaultAction": "SCMP_ACT_ALLOW", "syscalls": [{"names": ["kcmp"], "names": ["kill"]}]})",
      "profile");
  ExpectLine("probe --quiet --seccomp " + profile, 2,
             "the key \"names\" stands twice in \"syscalls\"[0]: keep one");
}

TEST_F(Gate, SaysNoToADocumentThatIsCutShort) {
  const std::string whole = reports::ToJson(Whole());
  for (std::size_t bytes = 0; bytes + 1 < whole.size(); bytes += 97) {
    ExpectLine("ready --quiet --require go-1.24 --from " + Write(whole.substr(0, bytes)), 3,
               "give a complete document");
  }
  ExpectNoAnswer(Write(whole.substr(0, whole.size() / 2)), "give a complete document", false);
}

TEST_F(Gate, SaysNoToADocumentThatLacksAPart) {
  const std::string whole = reports::ToJson(Whole());
  for (const std::string part : {"tool", "run", "host", "features", "scenarios", "cells"}) {
    std::string without = whole;
    without.replace(without.find("\"" + part + "\""), part.size() + 2, "\"x\"");
    ExpectNoAnswer(Write(without), part + " is missing", false);
  }
}

TEST_F(Gate, SaysNoToADocumentOfAnotherSchema) {
  reports::Document other = Whole();
  other.schema = "pidproof/9";
  ExpectNoAnswer(Write(other), "pidproof/9", false);
}

TEST_F(Gate, RefusesWhatIsNoDocument) {
  for (const std::string text : {"hello", "[]", "{}", "{\"schema\": 7}", "{\"a\": ", "null"}) {
    ExpectLine("ready --require go-1.24 --from " + Write(text), 2, "d.json");
  }
}

TEST_F(Gate, SaysNoWhereTheWorldThatIsAskedForIsMissing) {
  const std::string file = Write(Whole());
  ExpectLine("ready --quiet --require go-1.24 --world docker-now --from " + file, 3,
             "no feature of the world docker-now");
  EXPECT_EQ(RunProgram("ready --quiet --require go-1.24 --world native --from " + file).status, 0);
  ExpectLine("ready --quiet --require go-1.24 --as nobody --from " + file, 3, "native as nobody");
  reports::Document elsewhere = Whole();
  for (reports::Feature& row : elsewhere.features) row.world = "docker-now";
  ExpectLine("table " + Write(elsewhere), 3, "native");
}

TEST_F(Gate, SaysNoToUnknownFeatures) {
  reports::Document strange = Whole();
  for (reports::Feature& row : strange.features) row.feature = "x_" + row.feature;
  ExpectLine("ready --from " + Write(strange), 3, "known");
  reports::Document part = Whole();
  part.features.resize(1);
  ExpectLine("ready --quiet --require go-1.24 --from " + Write(part), 3,
             "undecided by waitid/p_pidfd (not probed)");
}

TEST_F(Gate, NamesTheCallThatDecides) {
  reports::Document killed = Whole();
  killed.features[0].availability = reports::Availability::kFiltered;
  killed.features[0].errno_name = "SIGSYS";
  ExpectLine("ready --quiet --require go-1.24,go-1.23.0 --from " + Write(killed), 1,
             "go-1.23.0 in native is crash by pidfd_open (SIGSYS), and 1 more");
}

TEST_F(Gate, ExpectsSomething) {
  const std::string file = Write(Whole());
  const std::string empty = Write("# nothing\n", "empty");
  const Printed printed = RunProgram(fmt::format("expect {} {} 2>&1", empty, file));
  EXPECT_EQ(printed.status, 1);
  EXPECT_NE(printed.out.find("there is no line"), std::string::npos) << printed.out;
  const std::string verdicts = Write("verdict * * upheld | all [x]\n", "verdicts");
  const Printed missing = RunProgram(fmt::format("expect {} {} 2>&1", verdicts, file));
  EXPECT_EQ(missing.status, 1);
  EXPECT_NE(missing.out.find("missing: "), std::string::npos) << missing.out;
}

TEST_F(Gate, PlaysNothingWhereNothingIsRecorded) {
  ExpectLine("replay " + Write(Whole()), 3, "no record of a trial");
}

}  // namespace
}  // namespace pidproof::runner::gate_test
