// The forms against those who read them: the readers themselves, or the rules that they follow.
#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <regex>
#include <set>
#include <sstream>
#include <valijson/adapters/nlohmann_json_adapter.hpp>
#include <valijson/schema.hpp>
#include <valijson/schema_parser.hpp>
#include <valijson/validation_results.hpp>
#include <valijson/validator.hpp>

#include "reports/document/sample_document_testing.h"
#include "reports/formats/cases.h"
#include "reports/formats/format.h"

namespace pidproof::reports::formats::formats_test {
namespace {

// A document whose every text tries to leave its place.
Document Hostile() {
  Document document = sample::SampleDocument();
  const std::string hostile =
      "a\n]]>\x1b[31m<script>&\"'|`::error::%0A #SKIP \xff\xc3 \x01 ok 1 x\r\n\\ ...";
  document.host.release = hostile;
  document.host.machine = hostile;
  document.run.kernel_watch = hostile;
  document.run.started = hostile;
  for (Feature& feature : document.features) {
    feature.evidence = hostile;
    feature.feature += hostile;
  }
  for (Cell& cell : document.cells) {
    cell.why = hostile;
    cell.world += hostile;
  }
  return document;
}

std::string Rendered(std::string_view format, const Document& document) {
  return FindFormat(format).render({{"sample", document}}, {"origin", "origin:build-1"});
}

struct Ran {
  int status;
  std::string out;
};

// The command with the text in a file "$1".
Ran RunOn(const std::string& text, const std::string& command) {
  std::string file = testing::TempDir() + "/pidproof_format_XXXXXX";
  const int descriptor = mkstemp(file.data());
  EXPECT_GE(descriptor, 0);
  close(descriptor);
  std::ofstream(file) << text;
  FILE* pipe = popen(("set -- '" + file + "'; " + command + " 2>&1").c_str(), "re");
  EXPECT_NE(pipe, nullptr);
  std::string out;
  std::array<char, 4096> part;
  for (std::size_t got; (got = fread(part.data(), 1, part.size(), pipe)) > 0;)
    out.append(part.data(), got);
  const int status = pclose(pipe);
  std::filesystem::remove(file);
  return {status, out};
}

Cell CellThat(Verdict verdict, std::string scenario, std::string why) {
  Cell cell;
  cell.world = "native";
  cell.scenario = std::move(scenario);
  cell.verdict = verdict;
  cell.why = std::move(why);
  return cell;
}

class EachFormat : public testing::TestWithParam<const Format*> {};

TEST_P(EachFormat, HasNoByteThatSteersATerminalNorOneThatIsNotUtf8) {
  for (const char c : Rendered(GetParam()->name, Hostile())) {
    EXPECT_TRUE(c == '\n' || static_cast<unsigned char>(c) >= ' ') << static_cast<int>(c);
  }
}

TEST_P(EachFormat, IsTheSameForTheSameDocument) {
  const Document document = sample::SampleDocument();
  EXPECT_EQ(Rendered(GetParam()->name, document), Rendered(GetParam()->name, document));
}

TEST_P(EachFormat, TakesADocumentWithoutRows) {
  const Document empty;
  EXPECT_NO_THROW(Rendered(GetParam()->name, empty));
}

INSTANTIATE_TEST_SUITE_P(Formats, EachFormat, testing::ValuesIn(Registered<Format>::All()),
                         [](const auto& each) {
                           std::string name(each.param->name);
                           std::ranges::replace(name, '-', '_');
                           return name;
                         });

TEST(Formats, AnUnknownOneIsNamedWithTheList) {
  try {
    FindFormat("xml");
    FAIL();
  } catch (const std::runtime_error& error) {
    EXPECT_NE(std::string(error.what()).find("'xml' is not a format; there are: bmf, csv, "),
              std::string::npos)
        << error.what();
  }
}

// LKFT, LAVA and KCIDB take a name for a key: it must be the same whatever the host is.
TEST(Cases, NamesAreOneEachOfPlainLettersAndHoldNoFactOfTheHost) {
  std::set<std::string> names;
  for (const Case& each : Cases({{"sample", Hostile()}})) {
    EXPECT_TRUE(std::regex_match(each.name, std::regex("[A-Za-z0-9_.-]+"))) << each.name;
    EXPECT_TRUE(names.insert(each.name).second) << each.name;
  }
  Document other = sample::SampleDocument();
  other.host = {};
  const auto names_of = [](const Document& document) {
    std::vector<std::string> all;
    for (const Case& each : Cases({{"sample", document}})) all.push_back(each.name);
    return all;
  };
  EXPECT_EQ(names_of(other), names_of(sample::SampleDocument()));
}

TEST(Cases, ALegacyHazardIsNoFailureAndKeepsItsCount) {
  Document document = sample::SampleDocument();
  document.cells = {CellThat(Verdict::kHazardous, "pid_reuse/signal", "hit_stranger")};
  document.cells[0].hits = 7;
  const Case hazard = Cases({{"sample", document}}).back();
  EXPECT_EQ(hazard.result, Result::kPass);
  EXPECT_EQ(hazard.hits, 7u);
}

TEST(Cases, ADocumentWithAGapIsAnError) {
  Document document = sample::SampleDocument();
  document.run.interrupted = true;
  const Case complete = Cases({{"sample", document}}).front();
  EXPECT_EQ(complete.name, "run.complete");
  EXPECT_EQ(complete.result, Result::kError);
  EXPECT_NE(complete.reason, "");
}

TEST(Ktap, IsWhatProveReads) {
  const std::string text = Rendered("ktap", Hostile());
  const Totals totals = Count(Cases({{"sample", Hostile()}}));
  const Ran ran = RunOn(text, "prove -e cat \"$1\"");
  EXPECT_NE(ran.out.find("Tests=" +
                         std::to_string(totals.pass + totals.fail + totals.skip + totals.error)),
            std::string::npos)
      << ran.out;
  EXPECT_NE(ran.out.find("Failed: " + std::to_string(totals.fail + totals.error)),
            std::string::npos)
      << ran.out;
  EXPECT_EQ(ran.out.find("Parse errors"), std::string::npos) << ran.out;
}

// Which knows versions up to 13.
TEST(Tap14, IsWhatProveReads) {
  const Ran ran =
      RunOn(Rendered("tap14", Hostile()), "sed -i '1s/14/13/' \"$1\"; prove -e cat \"$1\"");
  EXPECT_EQ(ran.out.find("Parse errors"), std::string::npos) << ran.out;
}

// LKFT's reader takes for a part of the name whatever follows the directive.
TEST(Ktap, NothingFollowsADirective) {
  std::istringstream lines(Rendered("ktap", Hostile()));
  std::size_t results = 0;
  for (std::string line; std::getline(lines, line);) {
    if (line.starts_with("#") || line.starts_with("KTAP") || line.starts_with("1..")) continue;
    EXPECT_TRUE(std::regex_match(
        line, std::regex("(not )?ok [0-9]+ [A-Za-z0-9_.-]+( # (SKIP|ERROR|TIMEOUT))?")))
        << line;
    ++results;
  }
  EXPECT_GT(results, 10u);
}

TEST(Junit, IsWhatTheSchemaDescribes) {
  for (const Document& document : {sample::SampleDocument(), Hostile()}) {
    const Ran ran =
        RunOn(Rendered("junit", document),
              "xmllint --noout --schema " PIDPROOF_SOURCE_DIR "/reports/formats/junit.xsd \"$1\"");
    EXPECT_EQ(ran.status, 0) << ran.out;
  }
}

std::string KcidbComplaint(const nlohmann::json& report) {
  std::ifstream file(PIDPROOF_SOURCE_DIR "/reports/formats/kcidb.schema.json");
  const nlohmann::json text = nlohmann::json::parse(file);
  valijson::Schema schema;
  valijson::SchemaParser().populateSchema(valijson::adapters::NlohmannJsonAdapter(text), schema);
  valijson::Validator validator;
  valijson::ValidationResults results;
  if (validator.validate(schema, valijson::adapters::NlohmannJsonAdapter(report), &results))
    return "";
  std::string complaint = "refused: ";
  for (valijson::ValidationResults::Error error; results.popError(error);)
    complaint += error.description + "; ";
  return complaint;
}

TEST(Kcidb, IsWhatItsSchemaDescribes) {
  for (const Document& document : {sample::SampleDocument(), Hostile()}) {
    EXPECT_EQ(KcidbComplaint(nlohmann::json::parse(Rendered("kcidb", document))), "");
  }
}

TEST(Kcidb, TheSchemaRefusesWhatItDoesNotKnow) {
  nlohmann::json report = nlohmann::json::parse(Rendered("kcidb", sample::SampleDocument()));
  report["tests"][0]["status"] = "XFAIL";
  EXPECT_NE(KcidbComplaint(report), "");
}

TEST(Kcidb, NeedsABuild) {
  EXPECT_THROW(FindFormat("kcidb").render({{"sample", sample::SampleDocument()}}, {}),
               std::runtime_error);
}

TEST(Github, HasAtMostTenAnnotationsEachOnOneLine) {
  Document document = sample::SampleDocument();
  const Cell violated = CellThat(Verdict::kViolated, "a/b", "100 %, :: x");
  for (int i = 0; i < 30; ++i) document.cells.push_back(violated);
  std::istringstream lines(Rendered("github", document));
  int count = 0;
  for (std::string line; std::getline(lines, line); ++count) {
    EXPECT_TRUE(line.starts_with("::error title=")) << line;
  }
  EXPECT_EQ(count, 10);
  EXPECT_NE(Rendered("github", document).find("100 %25, :: x"), std::string::npos);
}

TEST(Github, ASummaryKeepsWithinAMebibyteAndBeginsWithWhatFailed) {
  Document document = sample::SampleDocument();
  for (int i = 0; i < 20000; ++i) {
    document.cells.push_back(
        CellThat(Verdict::kUnsupported, "many/" + std::to_string(i), std::string(100, 'x')));
  }
  document.cells.push_back(CellThat(Verdict::kViolated, "last/one", "bad"));
  const std::string summary = Rendered("github-summary", document);
  EXPECT_LE(summary.size(), std::size_t{1} << 20);
  EXPECT_LT(summary.find("last.one"), summary.find("many.0"));
}

// kirk's rules: a "Summary:" of five lines, and the words.
TEST(Ltp, TheSummaryCountsTheLines) {
  const std::string text = Rendered("ltp", Hostile());
  const Totals totals = Count(Cases({{"sample", Hostile()}}));
  std::size_t passed = 0;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);)
    passed += line.find(": TPASS: ") != std::string::npos;
  EXPECT_EQ(passed, totals.pass);
  EXPECT_TRUE(std::regex_search(
      text, std::regex("Summary:\npassed +" + std::to_string(totals.pass) + "\nfailed +" +
                       std::to_string(totals.fail) + "\nbroken +" + std::to_string(totals.error) +
                       "\nskipped +" + std::to_string(totals.skip) + "\nwarnings +0\n")));
}

// send-to-lava.sh splits a line at its blanks.
TEST(Lava, ALineIsANameAWordAndPerhapsAMeasurement) {
  std::istringstream lines(Rendered("lava", Hostile()));
  for (std::string line; std::getline(lines, line);) {
    EXPECT_TRUE(std::regex_match(
        line, std::regex("[A-Za-z0-9_.-]+ (pass|fail|skip|unknown)( [0-9]+ hits)?")))
        << line;
  }
}

// Rows of one name, of two documents.
TEST(Benchmarks, OfSeveralDocumentsAreToldApart) {
  const Document document = sample::SampleDocument();
  const auto measured = static_cast<std::size_t>(std::ranges::count_if(
      document.benchmarks, [](const Benchmark& row) { return row.unsupported.empty(); }));
  const auto rendered = [&](std::string_view format) {
    return nlohmann::json::parse(
        FindFormat(format).render({{"one", document}, {"other", document}}, {}));
  };
  EXPECT_EQ(rendered("bmf").size(), 2 * measured);
  EXPECT_TRUE(rendered("bmf").contains("other: " + document.benchmarks[0].name));
  EXPECT_EQ(rendered("gha-bench").back()["name"].get<std::string>().find("other: "), 0U);
}

// One golden text for each form: what a reader of the file sees.
TEST(Monitors, AreLinesThatTheirReadersTake) {
  const std::regex nagios(
      "PIDPROOF (OK|CRITICAL|UNKNOWN) - [^|\n]+ \\|( '[^'=|]+'=\\d+(;\\d*){3,4})+\n");
  for (const Document& document : {sample::SampleDocument(), Hostile(), Document()}) {
    EXPECT_TRUE(std::regex_match(Rendered("nagios", document), nagios))
        << Rendered("nagios", document);
    EXPECT_LE(Rendered("npd", document).size(), 80U);
    EXPECT_EQ(std::ranges::count(Rendered("npd", document), '\n'), 1);
  }
  EXPECT_TRUE(Rendered("nagios", Document()).starts_with("PIDPROOF UNKNOWN"));
  Document document = sample::SampleDocument();
  document.kernel_log.reset();
  document.cells = {CellThat(Verdict::kUpheld, "wait/zombie", "w")};
  EXPECT_TRUE(Rendered("nagios", document).starts_with("PIDPROOF OK"));
  document.cells = {CellThat(Verdict::kViolated, "wait/zombie", "w")};
  EXPECT_TRUE(Rendered("nagios", document)
                  .starts_with("PIDPROOF CRITICAL - 1 violated: wait/zombie pidfd"));
}

TEST(Nfd, HasNamesAndValuesThatKubernetesTakes) {
  const std::regex line(
      R"(pidproof\.feature\.node\.kubernetes\.io/[A-Za-z0-9]([A-Za-z0-9._-]{0,61}[A-Za-z0-9])?=[A-Za-z0-9]([A-Za-z0-9._-]{0,61}[A-Za-z0-9])?)");
  const std::regex comment(R"(# \+(no-label|expiry-time=\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ))");
  for (const Document& document : {sample::SampleDocument(), Hostile(), Document()}) {
    std::istringstream lines(Rendered("nfd", document));
    for (std::string each; std::getline(lines, each);) {
      EXPECT_TRUE(std::regex_match(each, each[0] == '#' ? comment : line)) << each;
    }
  }
  EXPECT_NE(Rendered("nfd", sample::SampleDocument()).find("# +expiry-time=2026-04-03T12:00:00Z\n"),
            std::string::npos);
}

TEST(Prometheus, IsWhatPromtoolTakes) {
  if (access("/usr/bin/promtool", X_OK) != 0) GTEST_SKIP() << "no promtool: install prometheus";
  for (const Document& document : {sample::SampleDocument(), Hostile()}) {
    const Ran ran = RunOn(Rendered("prometheus", document), "promtool check metrics < \"$1\"");
    EXPECT_EQ(ran.status, 0) << ran.out;
    EXPECT_EQ(ran.out, "");
  }
  // Of two hosts, each sample names its own.
  const Document sample = sample::SampleDocument();
  const std::string both = FindFormat("prometheus").render({{"one", sample}, {"two", sample}}, {});
  EXPECT_EQ(RunOn(both, "promtool check metrics < \"$1\"").out, "");
  EXPECT_NE(both.find("{host=\"build-7\","), std::string::npos);
}

TEST(Facts, AreOfOneHost) {
  const auto facts = Json::parse(Rendered("facts", sample::SampleDocument()));
  EXPECT_EQ(facts["pidproof"]["features"]["pidfd_getfd"], "filtered");
  EXPECT_TRUE(facts["pidproof"]["ready"].contains("go-1.24"));
  for (const char* form : {"facts", "nfd", "nagios", "npd"}) {
    const Document sample = sample::SampleDocument();
    EXPECT_THROW(FindFormat(form).render({{"one", sample}, {"two", sample}}, {}),
                 std::runtime_error);
  }
}

TEST_P(EachFormat, IsAsRecorded) {
  const std::string file =
      std::string(PIDPROOF_SOURCE_DIR "/reports/formats/golden/") + std::string(GetParam()->name);
  std::ifstream golden(file);
  std::ostringstream text;
  text << golden.rdbuf();
  const std::string rendered = Rendered(GetParam()->name, sample::SampleDocument());
  if (std::getenv("PIDPROOF_RECORD_GOLDEN") != nullptr) std::ofstream(file) << rendered;
  EXPECT_EQ(text.str(), rendered) << "PIDPROOF_RECORD_GOLDEN=1 writes " << file;
}

}  // namespace
}  // namespace pidproof::reports::formats::formats_test
