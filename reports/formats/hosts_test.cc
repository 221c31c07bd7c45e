// The forms of one host, against those who read them.
#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <regex>
#include <sstream>
#include <string>

#include "reports/document/json_text.h"
#include "reports/formats/formats_testing.h"

namespace pidproof::reports::formats::hosts_test {
namespace {

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
    EXPECT_THROW(Render(FindFormat(form), {{"one", sample}, {"two", sample}}, {}),
                 std::runtime_error);
  }
}

}  // namespace
}  // namespace pidproof::reports::formats::hosts_test
