#include "reports/html/races.h"

#include <gtest/gtest.h>

#include <regex>
#include <string>
#include <vector>

#include "reports/html/html.h"
#include "reports/html/paths.h"

namespace pidproof::reports::html::races_test {
namespace {

bool Has(const std::string& text, std::string_view part) {
  return text.find(part) != std::string::npos;
}

Cell Race(const std::string& scenario, Path path, std::uint64_t hits, std::uint64_t of) {
  Cell cell;
  cell.world = std::string(kNative);
  cell.scenario = scenario;
  cell.path = path;
  cell.verdict = hits > 0 ? Verdict::kHazardous : Verdict::kUpheld;
  cell.trials = of;
  cell.opportunities = of;
  cell.hits = hits;
  return cell;
}

Cell Asked(const std::string& scenario, Path path, Verdict verdict) {
  Cell cell = Race(scenario, path, 0, 1);
  cell.opportunities.reset();
  cell.hits.reset();
  cell.verdict = verdict;
  return cell;
}

Document Of(const std::vector<Cell>& cells) {
  Document document;
  document.cells = cells;
  for (const Cell& cell : cells) {
    Scenario scenario;
    scenario.name = cell.scenario;
    if (document.scenarios.empty() || document.scenarios.back().name != scenario.name) {
      document.scenarios.push_back(scenario);
    }
  }
  return document;
}

std::vector<std::string> Order(const std::string& html) {
  std::vector<std::string> names;
  const std::regex name("<a href=\"#scenario.([^\"]*)\"");
  for (std::sregex_iterator at(html.begin(), html.end(), name); at != std::sregex_iterator();
       ++at) {
    names.push_back((*at)[1]);
  }
  return names;
}

// By order of magnitude between the bound by pidfd and the rate by PID.
TEST(RacesOnThePage, BeginWithTheWidestGap) {
  const std::string html = RacesHtml(
      Of({Race("same", Path::kPidfd, 0, 1000), Race("same", Path::kLegacyPid, 0, 1000),
          Race("narrow", Path::kPidfd, 0, 100), Race("narrow", Path::kLegacyPid, 100, 100),
          Race("wide", Path::kPidfd, 0, 10'000), Race("wide", Path::kLegacyPid, 9'000, 10'000),
          Race("both", Path::kPidfd, 500, 1000), Race("both", Path::kLegacyPid, 500, 1000)}));
  EXPECT_EQ(Order(html), (std::vector<std::string>{"wide", "narrow", "same", "both"}));
  EXPECT_TRUE(Has(html, "10,000"));
}

// Harm by pidfd without harm by PID has no gap, and is not lost: it comes before what is harmless.
TEST(RacesOnThePage, ShowHarmOnEitherPath) {
  const std::string html =
      RacesHtml(Of({Race("bug", Path::kPidfd, 7, 100), Race("fine", Path::kPidfd, 0, 100)}));
  EXPECT_EQ(Order(html), (std::vector<std::string>{"bug", "fine"}));
  EXPECT_TRUE(Has(html, "<path class=dot")) << "a mark where it came";
  EXPECT_TRUE(Has(html, "l-5 3.5l5 3.5")) << "an arrow where it did not";
  EXPECT_TRUE(Has(html, "not run"));
}

TEST(RacesOnThePage, AreNotThereWithoutOpportunities) {
  EXPECT_EQ(RacesHtml({}), "");
  EXPECT_EQ(RacesHtml(Of({Asked("a", Path::kPidfd, Verdict::kUpheld)})), "");
  EXPECT_EQ(RacesHtml(Of({Race("a", Path::kPidfd, 0, 0)})), "");
  EXPECT_FALSE(Has(Html(Of({Asked("a", Path::kPidfd, Verdict::kUpheld)})), "#races"));
}

TEST(RacesOnThePage, NoNumberIsOutOfTheWorld) {
  const std::uint64_t most = UINT64_MAX;
  const std::string html =
      RacesHtml(Of({Race("a", Path::kPidfd, most, most), Race("a", Path::kLegacyPid, most, 1),
                    Race("b", Path::kPidfd, 0, most), Race("<b>", Path::kPidfd, 1, most)}));
  for (const char* wrong : {"nan", "inf", "<b>"}) EXPECT_FALSE(Has(html, wrong)) << wrong;
}

std::string Paths(const std::vector<Cell>& cells) {
  const Document document = Of(cells);
  return PathsHtml(document, Index(document));
}

TEST(PathsOnThePage, SayHowManyCameToHarmAndByWhat) {
  Cell bug = Asked("info/exit", Path::kPidfd, Verdict::kHazardous);
  bug.kernel_bugs.push_back({"some-bug", "o", 1, ""});
  const std::string html = Paths({Asked("a", Path::kPidfd, Verdict::kUpheld),
                                  Asked("a", Path::kLegacyPid, Verdict::kHazardous),
                                  Asked("b", Path::kPidfd, Verdict::kHazardous),
                                  Asked("b", Path::kLegacyPid, Verdict::kHazardous), bug,
                                  Asked("info/exit", Path::kLegacyPid, Verdict::kUnsupported)});
  EXPECT_TRUE(Has(html, "Harm came by PID in 2 of 2 questions, by pidfd in 2 of 3 questions."));
  EXPECT_TRUE(Has(html, "Known kernel bugs by pidfd: <span class=name>some-bug</span>."));
  EXPECT_TRUE(Has(html, "What a pidfd does not prevent: <span class=name>b</span>."));
  EXPECT_TRUE(Has(html, "<b>1</b> not possible here"));
}

TEST(PathsOnThePage, TellViolatedFromUndecidedAndHarmOfEachPathApart) {
  const std::string html =
      Paths({Asked("a", Path::kPidfd, Verdict::kViolated), Asked("b", Path::kPidfd, Verdict::kHung),
             Asked("c", Path::kPidfd, Verdict::kHazardous),
             Asked("c", Path::kLegacyPid, Verdict::kHazardous)});
  EXPECT_TRUE(Has(html, "<span class=bad><b>1</b> violated"));
  EXPECT_TRUE(Has(html, "<span class=undecided><b>1</b> undecided"));
  EXPECT_TRUE(Has(html, "<span class=bad><b>1</b> hazardous"));
  EXPECT_TRUE(Has(html, "<span class=caution><b>1</b> hazardous"));
}

TEST(PathsOnThePage, OfNoHarmAndOfNothing) {
  EXPECT_TRUE(Has(Paths({Asked("a", Path::kPidfd, Verdict::kUpheld)}), "No harm was seen"));
  EXPECT_EQ(Paths({}), "");
}

TEST(ProgramsOnThePage, NameWhatFallsBackAndTheFix) {
  Document document;
  for (const auto& [name, availability] : {std::pair("pidfd_open", Availability::kFiltered),
                                           {"pidfd_getfd", Availability::kPresent}}) {
    Feature feature;
    feature.world = std::string(kNative);
    feature.feature = name;
    feature.availability = availability;
    feature.errno_name = availability == Availability::kFiltered ? "EPERM" : "";
    feature.fix = availability == Availability::kFiltered ? "allow <it>" : "";
    document.features.push_back(feature);
  }
  const std::string html = ProgramsHtml(document, Index(document));
  EXPECT_TRUE(Has(html, "<span class=name>pidfd_open</span> is filtered. Fix: allow &lt;it&gt;"))
      << html;
  EXPECT_EQ(ProgramsHtml({}, Index({})), "");
}

TEST(KernelBugsOnThePage, SayWhereAndHowOften) {
  Cell cell = Race("info/exit", Path::kPidfd, 12, 60);
  cell.kernel_bugs = {{"some-bug", "o", 12, "7.4 (7.3.4)"}, {"other", "o", 1, ""}};
  const std::string html = KernelBugsHtml(Of({cell}));
  EXPECT_TRUE(Has(html,
                  "<th scope=row>other<td class=words>info/exit<td class=words>pidfd<td "
                  "class=words>native<td class=words>1 of 60<td class=words>no release yet"))
      << html;
  EXPECT_TRUE(Has(html, "12 of 60<td class=words>7.4 (7.3.4)"));
  EXPECT_EQ(KernelBugsHtml({}), "");
}

}  // namespace
}  // namespace pidproof::reports::html::races_test
