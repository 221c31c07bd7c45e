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

#include "reports/formats/cases.h"
#include "reports/formats/formats_testing.h"

namespace pidproof::reports::formats::formats_test {
namespace {

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
