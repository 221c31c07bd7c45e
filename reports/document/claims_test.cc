#include "reports/document/claims.h"

#include <gtest/gtest.h>

#include "reports/document/sample_document_testing.h"

namespace pidproof::reports::claims_test {
namespace {

Scenario Claiming(std::vector<std::string> sources) {
  Scenario scenario{
      .name = "topic/question", .question = "?", .kind = ScenarioKind::kConformance, .claims = {}};
  for (std::string& source : sources) {
    scenario.claims.push_back(
        {Path::kPidfd, "ok", Expect::kMust, "it does", std::move(source), "6.9", ""});
  }
  return scenario;
}

TEST(Claims, AreGroupedByPageFileOrReleaseWithPagesFirst) {
  const std::vector<Scenario> scenarios = {
      Claiming({"kernel/exit.c do_wait", "Linux 6.15 PIDFD_INFO_EXIT", "wait(2) NOTES"}),
      Claiming({"wait(2)", "kernel/exit.c", "pidfd_open(2), wait(2)"})};
  const std::vector<Source> sources = BySource(scenarios);
  std::vector<std::string> names;
  std::size_t claims = 0;
  for (const Source& source : sources) {
    names.push_back(source.name);
    claims += source.claims.size();
  }
  EXPECT_EQ(names,
            (std::vector<std::string>{"pidfd_open(2)", "wait(2)", "Linux 6.15", "kernel/exit.c"}));
  EXPECT_EQ(claims, 6u);
  EXPECT_EQ(sources[1].claims.size(), 2u);
}

TEST(Claims, AreAllInTheTextOnce) {
  const std::vector<Scenario> scenarios = sample::SampleScenarios();
  const std::string text = ClaimsText(scenarios);
  std::size_t claims = 0;
  for (const Scenario& scenario : scenarios) {
    for (const Claim& claim : scenario.claims) {
      ++claims;
      EXPECT_NE(text.find(claim.reason), std::string::npos) << claim.reason;
    }
  }
  EXPECT_NE(text.find(std::to_string(claims) + " claims in"), std::string::npos) << text;
  EXPECT_NE(text.find("so since 5.10"), std::string::npos);
  EXPECT_NE(text.find("so before 6.15"), std::string::npos);
}

TEST(EraText, NamesBothEndsAlike) {
  EXPECT_EQ(EraText("", ""), "");
  EXPECT_EQ(EraText("6.9 (6.1.90)", ""), "so since 6.9 (6.1.90)");
  EXPECT_EQ(EraText("", "6.15"), "so before 6.15");
  EXPECT_EQ(EraText("6.9", "6.15"), "so since 6.9 and before 6.15");
}

TEST(Claims, ShowWhatBecameOfThemOnThePage) {
  const Document document = sample::SampleDocument();
  const std::string html = ClaimsHtml(document, Index(document));
  EXPECT_NE(html.find("<b>pidfd_open(2)</b>"), std::string::npos);
  EXPECT_NE(html.find("hazardous"), std::string::npos);
}

}  // namespace
}  // namespace pidproof::reports::claims_test
