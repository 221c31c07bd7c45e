// Every era that a claim refers to: the releases on both sides of each of its boundaries, as its
// source names them, and how an old and a new answer are judged there.
#include "scenarios/eras.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <regex>
#include <set>
#include <string>
#include <vector>

#include "runner/judge.h"
#include "scenarios/scenario.h"

namespace pidproof::runner::eras_test {
namespace {

struct Row {
  const char* name;
  const scenarios::Era* era;
  std::vector<Release> without;  // not known to have it
  std::vector<Release> with;
};

constexpr int kRc = Release::kCandidate;

const Row kRows[] = {
    {"kFdinfoOfReaped",
     &scenarios::eras::kFdinfoOfReaped,
     {{5, 3, 18}, {5, 4, 293}, {5, 5, kRc}},
     {{5, 4, 294}, {5, 5}, {5, 10, 1}}},
    {"kClearSighand", &scenarios::eras::kClearSighand, {{5, 4, 300}, {5, 5, kRc}}, {{5, 5}}},
    {"kStartTimeOfReader",
     &scenarios::eras::kStartTimeOfReader,
     {{5, 10, 1}, {5, 11, kRc}},
     {{5, 11}, {6, 1, 1}}},
    {"kAdviceNeedsNice",
     &scenarios::eras::kAdviceNeedsNice,
     {{5, 10, 23}, {5, 11, 22}, {5, 12, kRc}},
     {{5, 10, 24}, {5, 12}}},
    {"kPeekReportsProcess",
     &scenarios::eras::kPeekReportsProcess,
     {{5, 15, 200}, {5, 16}},
     {{5, 17}, {6, 1, 9}}},
    {"kLastThreadsStatus",
     &scenarios::eras::kLastThreadsStatus,
     {{5, 19, 17}},
     {{6, 0}, {6, 1, 1}}},
    {"kUndumpableNamespaces",
     &scenarios::eras::kUndumpableNamespaces,
     {{5, 10, 262}, {6, 0}},
     {{6, 1}, {6, 1, 192}}},
    {"kCollapse", &scenarios::eras::kCollapse, {{5, 10, 262}, {6, 0}, {6, 1, kRc}}, {{6, 1}}},
    {"kNewtimeByClone3",
     &scenarios::eras::kNewtimeByClone3,
     {{5, 10, 1}, {6, 2}, {6, 3, kRc}},
     {{6, 3}}},
    {"kPidfs", &scenarios::eras::kPidfs, {{6, 8, 12}, {6, 6, 99}}, {{6, 9}}},
    {"kHangup", &scenarios::eras::kHangup, {{6, 8, 12}, {6, 1, 192}}, {{6, 9}}},
    {"kPidfdOfNewThread", &scenarios::eras::kPidfdOfNewThread, {{6, 8, 12}}, {{6, 9}}},
    {"kGetfdOfExited",
     &scenarios::eras::kGetfdOfExited,
     {{6, 1, 175}, {6, 6, 200}, {6, 8, 12}},
     {{6, 1, 176}, {6, 9}}},
    {"kNamespaceRequests", &scenarios::eras::kNamespaceRequests, {{6, 10, 14}}, {{6, 11}}},
    {"kUnknownRequestsFirst",
     &scenarios::eras::kUnknownRequestsFirst,
     {{6, 12, 107}, {6, 13}, {6, 13, 2}},
     {{6, 13, 3}, {6, 14}}},
    {"kOwnAdviceIsFree", &scenarios::eras::kOwnAdviceIsFree, {{6, 11, 11}}, {{6, 12}}},
    {"kOwnAdviceOfAnyKind", &scenarios::eras::kOwnAdviceOfAnyKind, {{6, 12, 107}}, {{6, 13}}},
    {"kProcessBeforeArgument", &scenarios::eras::kProcessBeforeArgument, {{6, 12, 107}}, {{6, 13}}},
    {"kFirstThreadWaits",
     &scenarios::eras::kFirstThreadWaits,
     {{6, 12, 30}, {6, 13, 12}, {6, 14, 8}, {6, 15, kRc}},
     {{6, 12, 31}, {6, 14, 9}, {6, 15}}},
    {"kOneWakeUp", &scenarios::eras::kOneWakeUp, {{6, 12, 31}, {6, 14, 9}}, {{6, 15}}},
    {"kPidOfNoProcess", &scenarios::eras::kPidOfNoProcess, {{6, 15, 11}}, {{6, 16}}},
    {"kAnonymousInodes", &scenarios::eras::kAnonymousInodes, {{6, 12, 118}}, {{6, 16}}},
    {"kReapedPeers", &scenarios::eras::kReapedPeers, {{6, 15, 11}}, {{6, 16}}},
    {"kPassPidfdIsOfUnix", &scenarios::eras::kPassPidfdIsOfUnix, {{6, 15, 11}}, {{6, 16}}},
    {"kMutableInode", &scenarios::eras::kMutableInode, {{6, 16, 12}}, {{6, 17}}},
    {"kInfoPersists", &scenarios::eras::kInfoPersists, {{6, 16, 12}}, {{6, 17}}},
    {"kSelfMoved", &scenarios::eras::kSelfMoved, {{6, 16, 12}}, {{6, 17}}},
    {"kReapedSenders", &scenarios::eras::kReapedSenders, {{6, 16, 12}}, {{6, 17}}},
    {"kRequestsInFull",
     &scenarios::eras::kRequestsInFull,
     {{6, 16, 12}, {6, 17, 3}, {6, 18, kRc}},
     {{6, 17, 4}, {6, 17, 13}, {6, 18}}},
    {"kCoredumpBitMeansIt", &scenarios::eras::kCoredumpBitMeansIt, {{6, 18, 44}}, {{6, 19}}},
    {"kInfoElsewhere",
     &scenarios::eras::kInfoElsewhere,
     {{6, 17, 13}, {6, 18}, {6, 18, 13}, {6, 19}, {6, 19, 9}, {7, 0, kRc}},
     {{6, 18, 14}, {6, 18, 44}, {6, 19, 10}, {7, 0}, {7, 3, 4}}},
    {"kUringAnswerCleared",
     &scenarios::eras::kUringAnswerCleared,
     {{6, 12, 91}, {6, 18, 33}, {6, 19, 14}, {7, 0}, {7, 0, 10}, {7, 1, kRc}},
     {{6, 12, 92}, {6, 18, 34}, {7, 0, 11}, {7, 1}}},
    {"kNoSuchAttribute", &scenarios::eras::kNoSuchAttribute, {{7, 0, 13}}, {{7, 1}}},
    {"kExitSignalChecked",
     &scenarios::eras::kExitSignalChecked,
     {{7, 0, 13}, {6, 12, 107}},
     {{7, 1}}},
    {"kCoredumpCode", &scenarios::eras::kCoredumpCode, {{7, 0, 13}}, {{7, 1}}},
    {"kGetfdRefusesExiting",
     &scenarios::eras::kGetfdRefusesExiting,
     {{6, 1, 175}, {6, 12, 93}, {6, 18, 35}, {7, 0, 12}},
     {{6, 1, 176}, {6, 12, 94}, {6, 18, 36}, {7, 0, 13}, {7, 1}}},
    {"kCoredumpOfZombie", &scenarios::eras::kCoredumpOfZombie, {{7, 1, 13}}, {{7, 2}}},
    {"kFanotifyKeepsActor", &scenarios::eras::kFanotifyKeepsActor, {{7, 1, 13}}, {{7, 2}}},
    {"kHandleKeepsThread",
     &scenarios::eras::kHandleKeepsThread,
     {{7, 1, 13}, {7, 2, kRc}},
     {{7, 2}}},
    {"kEpollMissesNothing", &scenarios::eras::kEpollMissesNothing, {{7, 1, 13}}, {{7, 2}}},
    {"kSubreaperFlagsApart",
     &scenarios::eras::kSubreaperFlagsApart,
     {{7, 2, 12}, {7, 3}, {7, 3, 3}},
     {{7, 2, 13}, {7, 3, 4}, {7, 4}}},
    {"kInfoWhileReaped",
     &scenarios::eras::kInfoWhileReaped,
     {{7, 2, 13}, {7, 3, 3}},
     {{7, 3, 4}, {7, 4}}},
};

std::set<const scenarios::Era*> ErasOfClaims() {
  std::set<const scenarios::Era*> used;
  for (const scenarios::Scenario* scenario : scenarios::AllScenarios()) {
    for (const scenarios::Path path : {scenarios::kPidfd, scenarios::kLegacyPid}) {
      for (const scenarios::Claim& claim : scenario->On(path).claims) {
        for (const scenarios::Era* era : {claim.since, claim.until}) {
          if (era != nullptr) used.insert(era);
        }
      }
    }
  }
  return used;
}

TEST(Eras, AreInTheTableIfAClaimRefersToThem) {
  std::set<const scenarios::Era*> rows;
  for (const Row& row : kRows) rows.insert(row.era);
  for (const scenarios::Era* era : ErasOfClaims()) {
    EXPECT_TRUE(rows.contains(era)) << era->source << " has no row";
  }
  EXPECT_EQ(rows, ErasOfClaims()) << "a row of an era that no claim refers to";
}

// A commit, the subject of one ("exit: fix ..."), the line of a header, or "measured: ...".
TEST(Eras, HaveEachASource) {
  const std::regex source("[0-9a-f]{12}\\b.*|[a-z/]+: .{10,}|include/uapi/linux/\\S+\\.h \\S+");
  for (const Row& row : kRows) {
    EXPECT_TRUE(std::regex_match(std::string(row.era->source), source)) << row.name;
  }
}

TEST(Eras, ListTheFirstPatchOfOlderLines) {
  for (const Row& row : kRows) {
    EXPECT_NE(row.era->mainline, Release{}) << row.name;
    std::set<std::pair<int, int>> lines;
    for (const Release& backport : row.era->backports) {
      if (backport == Release{}) continue;
      EXPECT_GT(backport.patch, 0) << row.name;
      EXPECT_LT(backport, row.era->mainline) << row.name;
      EXPECT_TRUE(lines.emplace(backport.major, backport.minor).second) << row.name;
    }
  }
}

TEST(Eras, AreKnownOfTheReleasesThatTheirSourcesName) {
  for (const Row& row : kRows) {
    for (const Release& release : row.without) {
      EXPECT_FALSE(row.era->IsIn(release)) << row.name << " " << release.Text();
    }
    for (const Release& release : row.with) {
      EXPECT_TRUE(row.era->IsIn(release)) << row.name << " " << release.Text();
    }
    EXPECT_FALSE(row.era->IsIn(Release{})) << row.name << " in no release";
  }
}

Verdict Judged(const scenarios::Era& era, std::string_view outcome, Release kernel) {
  const scenarios::Scenario scenario{
      .name = "sample/era",
      .question = "?",
      .pidfd = {.claims = {scenarios::Must("new", "after", "x").Since(era),
                           scenarios::May("old", "before", "x").Until(era),
                           scenarios::May("ever", "always", "x")}}};
  CellRun cell;
  cell.tally.trials = cell.tally.opportunities = 2;
  cell.tally.outcomes[std::string(outcome)] = 2;
  return Judge(scenario, scenarios::kPidfd, cell, cell, kernel).verdict;
}

TEST(Eras, AreJudgedByWhatIsKnownOfThatVeryRelease) {
  for (const Row& row : kRows) {
    for (const Release& release : row.without) {
      EXPECT_EQ(Judged(*row.era, "old", release), Verdict::kUpheld)
          << row.name << ": an old answer of " << release.Text();
      EXPECT_EQ(Judged(*row.era, "new", release), Verdict::kUpheld)
          << row.name << ": a distribution's backport to " << release.Text();
      EXPECT_EQ(Judged(*row.era, "ever", release), Verdict::kUpheld)
          << row.name << ": the new answer is not due in " << release.Text();
    }
    for (const Release& release : row.with) {
      EXPECT_EQ(Judged(*row.era, "old", release), Verdict::kViolated)
          << row.name << ": an old answer of " << release.Text();
      EXPECT_EQ(Judged(*row.era, "new", release), Verdict::kUpheld) << row.name;
      EXPECT_EQ(Judged(*row.era, "ever", release), Verdict::kInconclusive)
          << row.name << ": the new answer is due in " << release.Text();
    }
  }
}

// The answers themselves, as the issue has them: ESRCH of a process elsewhere.
TEST(Eras, OfTheRealClaimLetOldPatchLevelsAnswerAsTheyDid) {
  for (const char* name : {"info/from_namespace_below", "namespace/info_outside"}) {
    const scenarios::Scenario& scenario = *scenarios::FindScenario(name);
    const auto judged = [&](std::string_view outcome, std::string_view uname) {
      CellRun cell;
      cell.tally.trials = cell.tally.opportunities = 1;
      cell.tally.outcomes[std::string(outcome)] = 1;
      return WordOf(Judge(scenario, scenarios::kPidfd, cell, cell, Release::Parse(uname)).verdict);
    };
    for (const char* uname : {"6.13.0", "6.17.13", "6.18.0", "6.18.13-1-cloud", "6.19.9-arch1"}) {
      EXPECT_EQ(judged("esrch", uname), "upheld") << name << " " << uname;
      EXPECT_EQ(judged("eremote", uname), "upheld") << name << " " << uname;
    }
    for (const char* uname : {"6.18.14", "6.18.44-cloud", "6.19.10", "7.0.0", "7.3.4"}) {
      EXPECT_EQ(judged("esrch", uname), "violated") << name << " " << uname;
      EXPECT_EQ(judged("eremote", uname), "upheld") << name << " " << uname;
    }
  }
}

}  // namespace
}  // namespace pidproof::runner::eras_test
