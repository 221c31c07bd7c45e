// How a run of many rows is summarized.
#include "reports/text/overview.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "reports/document/vocabulary.h"

namespace pidproof::reports::text::overview_test {
namespace {

const TerminalStyle kPlain(false);

struct Rows {
  std::vector<Scenario> scenarios;
  std::vector<Cell> cells;

  void Add(const std::string& name, ScenarioKind kind, Verdict pidfd, Verdict pid) {
    scenarios.push_back({name, "?", kind, {}});
    for (const auto& [path, verdict] : {std::pair{Path::kPidfd, pidfd}, {Path::kLegacyPid, pid}}) {
      Cell cell;
      cell.world = kNative;
      cell.scenario = name;
      cell.path = path;
      cell.verdict = verdict;
      cell.why = fmt::format("why of {}", path);
      cell.trials = 1;
      cells.push_back(cell);
    }
  }
  std::vector<Index::Row> All() const {
    std::vector<Index::Row> rows;
    for (std::size_t i = 0; i < scenarios.size(); ++i) {
      rows.push_back({&scenarios[i], &cells[2 * i], &cells[2 * i + 1]});
    }
    return rows;
  }
  std::string Findings() const { return FindingsOverview(All(), kPlain); }
};

std::size_t Lines(const std::string& text) {
  return static_cast<std::size_t>(std::count(text.begin(), text.end(), '\n'));
}

TEST(Overview, CountsARaceUnderTheTopicThatItRaces) {
  Rows rows;
  rows.Add("getfd/flags", ScenarioKind::kConformance, Verdict::kUpheld, Verdict::kUnsupported);
  rows.Add("getfd_race/close", ScenarioKind::kTorture, Verdict::kHazardous, Verdict::kHazardous);
  rows.Add("exhaustion/open", ScenarioKind::kTorture, Verdict::kUpheld, Verdict::kUpheld);
  const std::string text = TopicsOverview(rows.All(), kPlain);
  EXPECT_EQ(Lines(text), 4u) << text;
  EXPECT_NE(text.find("getfd (1 + 1 race)"), std::string::npos) << text;
  EXPECT_NE(text.find("exhaustion (1 race)"), std::string::npos) << text;
  EXPECT_NE(text.find("1 upheld, 1 hazardous"), std::string::npos) << text;
  EXPECT_NE(text.find("1 hazardous, 1 unsupported"), std::string::npos) << text;
}

TEST(Overview, KeepsPlainTopicsTogether) {
  Rows rows;
  rows.Add("open/a", ScenarioKind::kConformance, Verdict::kUpheld, Verdict::kUnsupported);
  rows.Add("poll/b", ScenarioKind::kConformance, Verdict::kUpheld, Verdict::kUpheld);
  rows.Add("wait/c", ScenarioKind::kConformance, Verdict::kInconclusive, Verdict::kUpheld);
  const std::string text = TopicsOverview(rows.All(), kPlain);
  EXPECT_NE(text.find("on both paths:\n    open (1), poll (1)\n"), std::string::npos) << text;
  EXPECT_NE(text.find("  wait (1)"), std::string::npos) << text;
  EXPECT_NE(text.find("1 inconclusive"), std::string::npos) << text;
}

TEST(Overview, KeepsTopicsTogetherThatAreHazardousByPidAlone) {
  Rows rows;
  rows.Add("open/a", ScenarioKind::kConformance, Verdict::kUpheld, Verdict::kHazardous);
  rows.Add("open/b", ScenarioKind::kConformance, Verdict::kUnsupported, Verdict::kUnsupported);
  rows.Add("poll/c", ScenarioKind::kTorture, Verdict::kUpheld, Verdict::kHazardous);
  rows.Add("wait/d", ScenarioKind::kConformance, Verdict::kUpheld, Verdict::kViolated);
  const std::string text = TopicsOverview(rows.All(), kPlain);
  EXPECT_NE(text.find("by PID, so many:\n    open (2): 1, poll (1 race): 1\n"), std::string::npos)
      << text;
  EXPECT_NE(text.find("  wait (1)"), std::string::npos) << text;
}

TEST(Overview, NamesABugOnceHoweverOftenItWasMet) {
  Rows rows;
  rows.Add("wait/a", ScenarioKind::kConformance, Verdict::kHazardous, Verdict::kUpheld);
  rows.Add("wait/b", ScenarioKind::kConformance, Verdict::kHazardous, Verdict::kUpheld);
  rows.cells[0].kernel_bugs = {{"a-bug", "lost", 3, ""}};
  rows.cells[2].kernel_bugs = {{"a-bug", "lost", 5, ""}};
  EXPECT_EQ(
      rows.Findings(),
      "  kernel bug a-bug  wait/a, 3 of 1 trials, and 1 more; not fixed in any release yet\n");
}

TEST(Overview, NamesWhatIsViolatedBeforeWhatIsUndecided) {
  Rows rows;
  rows.Add("open/a", ScenarioKind::kConformance, Verdict::kBroken, Verdict::kUpheld);
  rows.Add("open/b", ScenarioKind::kConformance, Verdict::kUpheld, Verdict::kViolated);
  const std::string text = rows.Findings();
  const std::size_t violated = text.find("violated  open/b legacy_pid");
  const std::size_t broken = text.find("broken  open/a pidfd");
  ASSERT_NE(violated, std::string::npos) << text;
  ASSERT_NE(broken, std::string::npos) << text;
  EXPECT_LT(violated, broken);
  EXPECT_NE(text.find("why of legacy_pid"), std::string::npos);
}

TEST(Overview, KeepsManyBadRowsShort) {
  Rows rows;
  for (int i = 0; i < 25; ++i)
    rows.Add(fmt::format("open/{}", i), ScenarioKind::kConformance, Verdict::kViolated,
             Verdict::kUpheld);
  const std::string text = rows.Findings();
  EXPECT_NE(text.find("and 15 more"), std::string::npos) << text;
  EXPECT_LT(Lines(text), 25u);
}

TEST(Overview, SeparatesHarmThatAPidfdPreventsFromHarmThatItDoesNot) {
  Rows rows;
  rows.Add("wait/prevented", ScenarioKind::kConformance, Verdict::kUpheld, Verdict::kHazardous);
  rows.Add("wait/not_prevented", ScenarioKind::kConformance, Verdict::kHazardous,
           Verdict::kHazardous);
  rows.Add("wait/buggy", ScenarioKind::kConformance, Verdict::kHazardous, Verdict::kUpheld);
  rows.cells[4].kernel_bugs = {{"a-bug", "lost", 3, "7.1"}};
  const std::string text = rows.Findings();
  EXPECT_NE(text.find("harm by PID, none by pidfd  1 scenario,"), std::string::npos) << text;
  EXPECT_NE(text.find("harm that a pidfd does not prevent  1 scenario:\n    wait/not_prevented"),
            std::string::npos)
      << text;
  EXPECT_NE(text.find("kernel bug a-bug  wait/buggy, 3 of 1 trials; fixed in 7.1"),
            std::string::npos)
      << text;
}

TEST(Overview, SaysWhatIsWeakAndWhatWasNotAsked) {
  Rows rows;
  rows.Add("reap_race/x", ScenarioKind::kTorture, Verdict::kUpheld, Verdict::kUnsupported);
  rows.cells[0].opportunities = 30;
  const std::string text = rows.Findings();
  EXPECT_NE(text.find("weak evidence  1 of the upheld races, such as reap_race/x pidfd; --until "
                      "1e-3 runs them longer\n"),
            std::string::npos)
      << text;
  EXPECT_NE(text.find("unsupported  1 verdict; the most frequent reason (1): why of legacy_pid\n"),
            std::string::npos)
      << text;
}

TEST(Overview, SaysHowManyRacesThePidBudgetCutShort) {
  Rows rows;
  rows.Add("reap_race/x", ScenarioKind::kTorture, Verdict::kUnsupported, Verdict::kUpheld);
  EXPECT_EQ(rows.Findings().find("PID budget"), std::string::npos);
  rows.cells[0].missing = kPids;
  EXPECT_NE(rows.Findings().find("PID budget  1 not decided"), std::string::npos);
}

TEST(Overview, SaysNothingWhereThereIsNothingToFind) {
  Rows rows;
  rows.Add("open/a", ScenarioKind::kConformance, Verdict::kUpheld, Verdict::kUpheld);
  EXPECT_EQ(rows.Findings(), "");
}

TEST(Overview, GoesOnBelowAFeatureListThatIsLong) {
  std::vector<Feature> features;
  std::vector<const Feature*> rows;
  for (const char* name : {"clone3/autokill", "clone3/autoreap", "clone3/empty_mntns", "poll"}) {
    features.push_back({"native", name, "7.1", Availability::kAbsent, "EINVAL", "tried"});
  }
  for (const Feature& feature : features) rows.push_back(&feature);
  rows.insert(rows.end(), 3, rows.front());
  EXPECT_EQ(FeaturesOverview(rows, kPlain),
            "  absent  clone3/autokill (7.1), clone3/autoreap (7.1), clone3/empty_mntns (7.1), "
            "poll (7.1)\n"
            "    clone3/autokill (7.1), clone3/autokill (7.1), clone3/autokill (7.1)\n");
}

TEST(Overview, GroupsFeaturesByWhatRefusesThem) {
  Feature absent{"native", "poll", "5.3", Availability::kAbsent, "EINVAL", "tried"};
  Feature present{"native", "epoll", "5.3", Availability::kPresent, "", "tried"};
  Feature filtered{"native", "clone3/pidfd", "5.3", Availability::kFiltered, "ENOSYS", "tried"};
  filtered.refused_by = "seccomp";
  filtered.confidence = "proven";
  filtered.fix = "let clone3 through";
  Feature other = filtered;
  other.feature = "clone3/set_tid";
  const std::string text = FeaturesOverview({&absent, &present, &filtered, &other}, kPlain);
  EXPECT_EQ(text,
            "  absent  poll (5.3)\n"
            "  filtered  ENOSYS  by seccomp (proven)  clone3/pidfd (5.3), clone3/set_tid (5.3)\n");
}

TEST(Overview, SetsProposalsApartFromFeatures) {
  const Proposed empty{"pidfd_open/empty", "one line", "LWN", Availability::kAbsent, "tried"};
  const Proposed call{"pidfd_config", "one line", "LWN", Availability::kUnclear, "tried"};
  EXPECT_EQ(ProposedOverview({}, kPlain), "");
  EXPECT_EQ(ProposedOverview({empty, call}, kPlain),
            "  proposed, in no release  pidfd_open/empty absent, pidfd_config unclear\n");
}

}  // namespace
}  // namespace pidproof::reports::text::overview_test
