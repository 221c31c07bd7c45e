#include <gtest/gtest.h>

#include "reports/fleet/fleet_testing.h"

namespace pidproof::reports::fleet::questions::questions_test {
namespace {

using testing::FleetOf;
using testing::LinesOf;
using testing::Refuse;
using testing::SmallDocument;
using Text = std::vector<std::string>;

// n1 and n2 are alike, of n3 a filter refuses one feature, and n4 has another kernel.
std::vector<Document> FourHosts() {
  std::vector<Document> documents;
  for (const char* host : {"n1", "n2", "n3", "n4"}) documents.push_back(SmallDocument(host));
  Refuse(documents[2], "pidfd_open");
  documents[3].host.release = "6.1.0-43-amd64";
  documents[3].features.pop_back();
  documents[3].cells[0].kernel_bugs = {{"getfd-exit-window", "esrch", 7, "7.1"}};
  return documents;
}

TEST(Columns, FoldHostsThatAreAlike) {
  EXPECT_EQ(LinesOf(*FleetOf(FourHosts()), "columns"),
            (Text{"6.12.43 | 2 | 0 | 0 | 0 | 0 | : n1 n2",
                  "6.12.43 | 1 | 0 | 1 | 0 | 0 | pidfd_open filtered (EPERM): n3",
                  "6.1.0-43-amd64 | 1 | 0 | 0 | 0 | 0 | pidfd_getfd not probed: n4"}));
}

TEST(Columns, AreOfTheLastWholeDocument) {
  Document later = SmallDocument("n1", "2026-11-05");
  Refuse(later, "pidfd_getfd");
  Document partial = SmallDocument("n1", "2026-11-06");
  partial.run.only = "pidfd_open";
  Document cut_short = SmallDocument("n1", "2026-11-07");
  cut_short.run.interrupted = true;
  const auto fleet = FleetOf({later, SmallDocument("n1"), partial, cut_short});
  EXPECT_EQ(LinesOf(*fleet, "missing", {"pidfd_getfd"}),
            (Text{"filtered (EPERM) | seccomp | allow it in the profile: n1"}));
}

TEST(Missing, SaysWhoRefusesAndWhatHelps) {
  const auto fleet = FleetOf(FourHosts());
  EXPECT_EQ(LinesOf(*fleet, "missing", {"pidfd_open"}),
            (Text{"filtered (EPERM) | seccomp | allow it in the profile: n3",
                  "-present |  | : n1 n2 n4"}));
  // What was not asked is not there.
  EXPECT_EQ(LinesOf(*fleet, "missing", {"pidfd_getfd"}),
            (Text{"not probed |  | : n4", "-present |  | : n1 n2 n3"}));
}

TEST(Missing, NamesWhatIsKnown) {
  const auto fleet = FleetOf(FourHosts());
  try {
    LinesOf(*fleet, "missing", {"getfd"});
    FAIL();
  } catch (const std::invalid_argument& error) {
    EXPECT_STREQ(error.what(), "missing getfd: no host was asked for it; pidfd_getfd");
  }
}

TEST(ReadyOfAFleet, SaysWhoFallsBack) {
  // What was not probed cannot be determined, which is not well.
  EXPECT_EQ(
      LinesOf(*FleetOf(FourHosts()), "ready", {"cpython-asyncio"}),
      (Text{"cpython-asyncio | degraded-silently | pidfd_open filtered (EPERM) | allow it in the "
            "profile: n3",
            "cpython-asyncio | undecided | epoll not probed | find out: pidproof probe --only "
            "epoll: n1 n2 n4"}));
  std::vector<Document> well = {SmallDocument("n1")};
  well[0].features.push_back({"native", "epoll", "5.3", Availability::kPresent, "", "e"});
  EXPECT_EQ(
      LinesOf(*FleetOf(well), "ready", {"cpython-asyncio,cpython-asyncio"}).at(0).substr(0, 25),
      "-cpython-asyncio | native");
  EXPECT_THROW(LinesOf(*FleetOf(FourHosts()), "ready", {"no-such"}), std::invalid_argument);
}

TEST(Outliers, AreFewWithTheirKernel) {
  std::vector<Document> documents;
  for (int i = 0; i < 30; ++i) documents.push_back(SmallDocument(fmt::format("n{:02}", i)));
  Refuse(documents[4], "pidfd_getfd");
  const auto fleet = FleetOf(documents);
  EXPECT_EQ(LinesOf(*fleet, "outliers"),
            (Text{"6.12.43 | 1 of 30 hosts | pidfd_getfd: filtered (EPERM), not present: n04"}));
  Refuse(documents[5], "pidfd_getfd");
  EXPECT_EQ(LinesOf(*FleetOf(documents), "outliers"), Text{});
}

TEST(Outliers, CameToHarmAlone) {
  std::vector<Document> documents;
  for (int i = 0; i < 8; ++i) documents.push_back(SmallDocument(fmt::format("n{}", i)));
  documents[3].cells[0].hits = 5;
  const Text lines = LinesOf(*FleetOf(documents), "outliers");
  ASSERT_EQ(lines.size(), 1U);
  EXPECT_EQ(
      lines[0].find("6.12.43 | 1 host alone | pid_reuse/signal pidfd: 5 in 1,000 opportunities"),
      0U)
      << lines[0];
  EXPECT_TRUE(lines[0].ends_with("elsewhere 0 in 7000: n3")) << lines[0];
  // One hit among eight hosts may be anybody's.
  documents[3].cells[0].hits = 1;
  EXPECT_EQ(LinesOf(*FleetOf(documents), "outliers"), Text{});
  // Nor is it one host where two were.
  documents[3].cells[0].hits = 5;
  documents[4].cells[0].hits = 5;
  EXPECT_EQ(LinesOf(*FleetOf(documents), "outliers"), Text{});
}

TEST(Since, SaysWhatChangedOnWhichHosts) {
  std::vector<Document> documents = FourHosts();
  for (const char* host : {"n1", "n2"}) {
    Document later = SmallDocument(host, "2026-11-20");
    later.host.release = "6.12.44";
    if (host == std::string("n2")) Refuse(later, "pidfd_getfd");
    documents.push_back(later);
  }
  documents.push_back(SmallDocument("n5", "2026-11-21"));
  const auto fleet = FleetOf(documents);
  const Text expected = {"host | no document | first document: n5",
                         "kernel | 6.12.43 | 6.12.44: n1 n2",
                         "pidfd_getfd | present | filtered (EPERM): n2"};
  EXPECT_EQ(LinesOf(*fleet, "since", {"2026-11-10"}), expected);
  EXPECT_EQ(LinesOf(*fleet, "since", {"3w"}), expected);
  EXPECT_EQ(LinesOf(*fleet, "since", {"24h"}), Text{});
  for (const char* word : {"", "7", "7x", "-7d", "2026-13-01", "99999999999999999999d"}) {
    EXPECT_THROW(LinesOf(*fleet, "since", {word}), std::invalid_argument) << word;
  }
}

TEST(Since, SaysWhichVerdictsChanged) {
  std::vector<Document> documents = {SmallDocument("n1"), SmallDocument("n1", "2026-11-20")};
  for (Document& document : documents) {
    document.scenarios.push_back({"wait/zombie", "Q?", ScenarioKind::kConformance, {}});
    document.cells.push_back(testing::CellOf("wait/zombie", Path::kPidfd, Verdict::kUpheld));
  }
  documents[1].cells.back().verdict = Verdict::kViolated;
  EXPECT_EQ(LinesOf(*FleetOf(documents), "since", {"2026-11-10"}),
            (Text{"wait/zombie pidfd | upheld | violated: n1"}));
}

TEST(Bugs, CountHosts) {
  EXPECT_EQ(LinesOf(*FleetOf(FourHosts()), "bugs"),
            (Text{"getfd-exit-window | 6.1.0-43-amd64 | 7 times | 7.1: n4"}));
}

TEST(Races, AddUpOverHosts) {
  std::vector<Document> documents;
  for (int i = 0; i < 1'000; ++i) documents.push_back(SmallDocument(fmt::format("n{}", i)));
  documents[0].cells[0].opened_by = "chance";  // another way is another pool
  EXPECT_EQ(
      LinesOf(*FleetOf(documents), "races", {"pid_reuse"}),
      (Text{"-pid_reuse/signal | legacy_pid | PID placed by set_tid | 6.12.43 | 1000 | 900,000 "
            "in 1,000,000 opportunities: 90.0 % (with 95 % confidence 89.9 % to 90.06 %): ",
            "-pid_reuse/signal | pidfd | PID placed by set_tid | 6.12.43 | 999 | 0 in 999,000 "
            "opportunities: with 95 % confidence fewer than 1 in 333,000: ",
            "-pid_reuse/signal | pidfd | chance | 6.12.43 | 1 | 0 in 1,000 opportunities: with "
            "95 % confidence fewer than 1 in 334: "}));
  EXPECT_EQ(LinesOf(*FleetOf({}), "races"), Text{});
  EXPECT_THROW(LinesOf(*FleetOf(documents), "races", {"no such"}), std::invalid_argument);
}

TEST(Where, ChoosesHosts) {
  const auto fleet = FleetOf(FourHosts());
  const auto hosts = [&](const std::string& expression) {
    return fmt::format(
        "{}", fmt::join(MatchingHosts(Ask(*fleet, "where", {.words = {expression}})), " "));
  };
  EXPECT_EQ(hosts("feature:pidfd_open=filtered"), "n3");
  EXPECT_EQ(hosts("feature:pidfd_open!=filtered"), "n1 n2 n4");
  EXPECT_EQ(hosts("feature:pidfd_getfd"), "n1 n2 n3");
  EXPECT_EQ(hosts("not feature:pidfd_getfd"), "n4");
  EXPECT_EQ(hosts("release>=6.12"), "n1 n2 n3");
  EXPECT_EQ(hosts("release<6.12 or feature:pidfd_open=filtered"), "n3 n4");
  EXPECT_EQ(hosts("release>=6.12 ! (host:n1 or host:n3)"), "n2");
  EXPECT_EQ(hosts("host:n? count>1"), "n1 n2");
  EXPECT_EQ(hosts("bug:getfd-*"), "n4");
  EXPECT_EQ(hosts("refused_by:seccomp"), "n3");
  EXPECT_EQ(hosts("machine:x86_64 libc:glibc*"), "n1 n2 n3 n4");
  EXPECT_EQ(hosts("verdict:hazardous path:legacy_pid scenario:pid_reuse/*"), "n1 n2 n3 n4");
  // What no host was asked for may be mistyped: it is no answer that none matches.
  for (const char* mistyped : {"feature:pidfd_opem=filtered", "scenario:pid_reusee/* path:pidfd"}) {
    EXPECT_THROW(hosts(mistyped), std::invalid_argument) << mistyped;
  }
  // Of one answer: the pidfd's was upheld.
  EXPECT_EQ(hosts("verdict:hazardous path:pidfd"), "");
  EXPECT_EQ(hosts("verdict:hazardous and not path:pidfd"), "");
}

TEST(Sql, ReadsAndWritesNothing) {
  const auto fleet = FleetOf(FourHosts());
  const std::string select =
      "SELECT host, release FROM latest JOIN environment AS e ON e.id = "
      "environment WHERE release LIKE '6.1.%' ORDER BY host";
  EXPECT_EQ(LinesOf(*fleet, "sql", {select}), (Text{"n4 | 6.1.0-43-amd64: n4"}));
  EXPECT_EQ(LinesOf(*fleet, "sql", {"SELECT count(*) FROM run"}), (Text{"4: "}));
  for (const char* refused : {"DELETE FROM run", "SELECT 1; SELECT 2", "ATTACH ':memory:' AS other",
                              "CREATE TABLE x (y)", "no sql", ""}) {
    EXPECT_THROW(LinesOf(*fleet, "sql", {refused}), std::runtime_error) << refused;
  }
  EXPECT_EQ(LinesOf(*fleet, "sql", {"SELECT count(*) FROM run"}), (Text{"4: "}));
}

TEST(Ask, RefusesWhatIsNoQuestion) {
  const auto fleet = FleetOf({});
  EXPECT_THROW(LinesOf(*fleet, "nonsense"), std::invalid_argument);
  EXPECT_THROW(LinesOf(*fleet, "missing"), std::invalid_argument);
  EXPECT_THROW(LinesOf(*fleet, "columns", {"more"}), std::invalid_argument);
  EXPECT_THROW(LinesOf(*fleet, "since", {"7d", "8d"}), std::invalid_argument);
  for (const char* question : {"columns", "outliers", "bugs", "races", "ready"}) {
    EXPECT_EQ(LinesOf(*fleet, question), Text{}) << question;
  }
}

}  // namespace
}  // namespace pidproof::reports::fleet::questions::questions_test
