#include "reports/compare/diff_writers.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <stdexcept>
#include <string>
#include <vector>

#include "reports/compare/small_documents_testing.h"
#include "reports/document/json_text.h"

namespace pidproof::reports::compare::diff_writers_test {
namespace {

using namespace small;

std::vector<Expectation> Accepting(const std::string& lines) {
  return ReadExpectations("accepted", [&](const std::string&) { return lines; });
}

Diff CompareAccepting(const std::string& lines) {
  const Document after = MuchChanged();
  Diff diff = Compare(Small(), after);
  Accept(Accepting(lines), after, diff);
  return diff;
}

TEST(Accept, TakesOutWhatALineAllows) {
  const Diff diff = CompareAccepting(
      "feature pidfd_* absent/denied | not built in [config]\n"
      "verdict ask/once pidfd violated | known [bug 1]\n"
      "verdict race/* * hazardous | known [bug 2]\n");
  EXPECT_EQ(Lines(diff), Text{"neutral verdict ask/once legacy_pid: upheld -> hazardous"});
  EXPECT_EQ(ExitStatus(diff), 0);
  ASSERT_EQ(diff.accepted.size(), 3U);
  EXPECT_EQ(diff.accepted[0].reason, "known [bug 1]");
  EXPECT_TRUE(diff.stale.empty());
  EXPECT_TRUE(DiffText(diff, {{"a", Small()}, {"b", MuchChanged()}}).find("ACCEPTED\n") !=
              std::string::npos);
}

TEST(Accept, NamesStaleLines) {
  const Diff diff = CompareAccepting(
      "feature pidfd_open denied | another word [x]\n"
      "verdict ask/nothing pidfd violated | no such row [x]\n"
      "kernel_bug gone-bug | fixed [x]\n");
  EXPECT_EQ(diff.differences.size(), 4U);
  EXPECT_EQ(StaleLines(diff),
            (Text{"accepted:1: no such difference of pidfd_open; remove the line",
                  "accepted:2: no document row is named ask/nothing; remove the line",
                  "accepted:3: no document row is named gone-bug; remove the line"}));
}

TEST(Accept, RefusesWhatIsNoLine) {
  EXPECT_THROW(Accepting("features x y | z [z]\n"), std::runtime_error);
  EXPECT_THROW(Accepting("{\"feature\": 1}\n"), std::runtime_error);
  EXPECT_THROW(Accepting("kernel_bug x | no source\n"), std::runtime_error);
  EXPECT_THROW(RefuseUnacceptable(Accepting("bound a pidfd 1e-3 | y [z]\n")[0]),
               std::runtime_error);
}

std::string Written(std::string (*write)(const Diff&, const DiffSides&)) {
  const NamedDocument before{"old.json", Small()};
  const NamedDocument after{"new.json", MuchChanged()};
  Diff diff = Compare(before.document, after.document);
  diff.notes = {"a note"};
  return write(diff, {before, after});
}

TEST(DiffText, IsThis) {
  EXPECT_EQ(Written(DiffText), R"(DIFFERENCES  3 worse, 1 neutral
  before old.json: Linux 6.12.43+deb13-amd64, x86_64, 2026-04-01T12:00:00Z
  now    new.json: Linux 6.13, x86_64, 2026-04-01T12:00:00Z

WORSE
  verdict    ask/once pidfd: upheld -> violated
      now: wrong: unexpected outcome; before: right
  verdict    race/signal pidfd: upheld -> hazardous
      harm: before 0 in 400 opportunities: with 95 % confidence fewer than 1 in 134; now 300 in 400
      opportunities: 75.0 % (with 95 % confidence 70.5 % to 79.0 %); by chance in fewer than 1 of
      1e15 pairs of runs
  feature    pidfd_open: present -> absent
      in Linux since 5.3; now: ENOSYS

NEUTRAL
  verdict    ask/once legacy_pid: upheld -> hazardous
      now: harm: ?[2J 100%, as|is; before: right

NOTES
    - a note
)");
}

TEST(DiffText, CountsWhatFollowsFromAFeature) {
  const Document before = Changed([](Document& document) {
    document.features[0].availability = Availability::kAbsent;
    for (const std::size_t cell : {kAskedByPidfd, kAskedByPid}) {
      document.cells[cell].verdict = Verdict::kUnsupported;
      document.cells[cell].missing = "pidfd_open";
      document.cells[cell].outcomes = {};
    }
  });
  const Diff diff = Compare(before, Small());
  EXPECT_EQ(diff.differences.size(), 3U);
  const std::string text = DiffText(diff, {{"a", before}, {"b", Small()}});
  EXPECT_NE(text.find("2 verdicts follow from it: 2 unsupported -> upheld\n"), std::string::npos)
      << text;
  EXPECT_EQ(text.find("ask/once"), std::string::npos) << text;
}

TEST(DiffJson, HoldsEachDifference) {
  const Json diff = ParseJson(Written(DiffJson));
  EXPECT_EQ(diff["schema"], "pidproof-diff/1");
  EXPECT_EQ(diff["worse"], true);
  EXPECT_EQ(diff["differences"].size(), 4U);
  EXPECT_EQ(diff["differences"][0]["kind"], "verdict");
  EXPECT_EQ(diff["differences"][0]["after"], "violated");
  EXPECT_EQ(diff["after"]["release"], "6.13");
  EXPECT_EQ(diff["notes"][0], "a note");
}

TEST(DiffMarkdown, IsATableWithItsCellsEscaped) {
  const std::string text = Written(DiffMarkdown);
  EXPECT_TRUE(text.starts_with("### pidproof: 3 worse, 1 neutral\n\n| document |")) << text;
  EXPECT_NE(text.find("| worse | verdict | ask/once pidfd | upheld | violated |"),
            std::string::npos);
  EXPECT_NE(text.find("as\\|is"), std::string::npos);
}

TEST(DiffMarkdown, FitsIntoAJobSummary) {
  Diff diff;
  Difference large;
  large.name = "x";
  large.evidence = std::string(500, '|');
  diff.differences.assign(5000, large);
  const NamedDocument side{"x", Small()};
  const std::string text = DiffMarkdown(diff, {side, side});
  EXPECT_LT(text.size(), std::size_t{1} << 20);
  EXPECT_NE(text.find(" more, none of them worse than these\n"), std::string::npos);
}

TEST(DiffAnnotations, AreEscaped) {
  const std::string text = Written(DiffAnnotations);
  EXPECT_TRUE(text.starts_with("::error title=verdict%3A ask/once pidfd::upheld -> violated; "))
      << text;
  EXPECT_NE(text.find("::notice title=verdict%3A ask/once legacy_pid::"), std::string::npos);
  EXPECT_NE(text.find("100%25, as|is"), std::string::npos) << text;
}

TEST(DiffAnnotations, ShowAStaleLineWhereItStands) {
  Diff diff;
  diff.stale.push_back({"ci/a:b,c.txt:12", "no such difference of 100%; remove the line"});
  const NamedDocument side{"x", Small()};
  EXPECT_EQ(DiffAnnotations(diff, {side, side}),
            "::warning file=ci/a%3Ab%2Cc.txt,line=12,title=stale::"
            "no such difference of 100%25; remove the line\n");
}

TEST(DiffAnnotations, AreTenAtMost) {
  Diff diff;
  Difference worse;
  worse.effect = Effect::kWorse;
  diff.differences.assign(30, worse);
  const NamedDocument side{"x", Small()};
  const std::string text = DiffAnnotations(diff, {side, side});
  EXPECT_EQ(std::ranges::count(text, '\n'), 10);
  EXPECT_NE(text.find("30 worse; 21 more in the job summary\n"), std::string::npos) << text;
}

TEST(Diff, TextOfADocumentCannotSteerTheTerminal) {
  Document hostile = sample::HostileDocument();
  const NamedDocument before{"\x1b[2J", sample::SampleDocument()};
  const NamedDocument after{"x", hostile};
  const Diff diff = Compare(before.document, after.document);
  for (const std::string& text :
       {DiffText(diff, {before, after}), DiffMarkdown(diff, {before, after}),
        DiffAnnotations(diff, {before, after})}) {
    EXPECT_EQ(text.find('\x1b'), std::string::npos);
  }
}

}  // namespace
}  // namespace pidproof::reports::compare::diff_writers_test
