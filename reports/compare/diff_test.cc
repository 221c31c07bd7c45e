#include "reports/compare/diff.h"

#include <gtest/gtest.h>

#include "reports/compare/small_documents_testing.h"

namespace pidproof::reports::compare::diff_test {
namespace {

using namespace small;

Text Forth(const Change& change) { return Lines(Compare(Small(), Changed(change))); }
Text Back(const Change& change) { return Lines(Compare(Changed(change), Small())); }

TEST(Diff, TheSameDocumentGivesNothing) {
  const Document sample = sample::SampleDocument();
  const Diff diff = Compare(sample, sample);
  EXPECT_EQ(Lines(diff), Text{});
  EXPECT_EQ(diff.notes, Text{});
  EXPECT_EQ(ExitStatus(diff), 0);
  EXPECT_EQ(Incomparable(sample, sample), Text{});
}

TEST(Diff, FeaturesAreLostAndGained) {
  const Change lose = [](Document& document) {
    document.features[0].availability = Availability::kDenied;
  };
  EXPECT_EQ(Forth(lose), Text{"worse feature pidfd_open : present -> denied"});
  EXPECT_EQ(Back(lose), Text{"better feature pidfd_open : denied -> present"});
  EXPECT_EQ(ExitStatus(Compare(Small(), Changed(lose))), 1);
  EXPECT_EQ(ExitStatus(Compare(Changed(lose), Small())), 0);
}

TEST(Diff, VerdictsMove) {
  const Change violate = Answer(kAskedByPidfd, Verdict::kViolated, "wrong");
  EXPECT_EQ(Forth(violate), Text{"worse verdict ask/once pidfd: upheld -> violated"});
  EXPECT_EQ(Back(violate), Text{"better verdict ask/once pidfd: violated -> upheld"});
  const Change harm = Answer(kAskedByPidfd, Verdict::kHazardous, "harm");
  EXPECT_EQ(Forth(harm), Text{"worse verdict ask/once pidfd: upheld -> hazardous"});
  EXPECT_EQ(Back(harm), Text{"better verdict ask/once pidfd: hazardous -> upheld"});
  const Change undecide = Answer(kAskedByPid, Verdict::kInconclusive, "right");
  EXPECT_EQ(Forth(undecide), Text{"worse verdict ask/once legacy_pid: upheld -> inconclusive"});
}

TEST(Diff, AHazardOfPidsIsExpected) {
  const Change harm = Answer(kAskedByPid, Verdict::kHazardous, "harm");
  EXPECT_EQ(Forth(harm), Text{"neutral verdict ask/once legacy_pid: upheld -> hazardous"});
  EXPECT_EQ(Back(harm), Text{"neutral verdict ask/once legacy_pid: hazardous -> upheld"});
}

TEST(Diff, AnswersUnderTheSameVerdictDifferUnlessEachReleaseMayGiveThem) {
  const auto between = [](const std::string& before, const std::string& after) {
    return Lines(Compare(Changed(Answer(kAskedByPidfd, Verdict::kUpheld, before)),
                         Changed(Answer(kAskedByPidfd, Verdict::kUpheld, after))));
  };
  EXPECT_EQ(between("this", "that"), Text{});
  EXPECT_EQ(between("old", "new"), Text{"neutral outcome ask/once pidfd: old -> new"});
  EXPECT_EQ(between("new", "old"), Text{"neutral outcome ask/once pidfd: new -> old"});
}

TEST(Diff, ARaceDiffersOnlyWhereChanceDoesNotExplainIt) {
  const Change often = Raced(kRaceByPidfd, Verdict::kHazardous, "harm", 200);
  EXPECT_EQ(Forth(often), Text{"worse verdict race/signal pidfd: upheld -> hazardous"});
  EXPECT_EQ(Back(often), Text{"better verdict race/signal pidfd: hazardous -> upheld"});
  const Change seldom = Raced(kRaceByPidfd, Verdict::kHazardous, "harm", 30);
  EXPECT_EQ(Forth(seldom), Text{});
  EXPECT_EQ(Back(seldom), Text{});
}

TEST(Diff, AForbiddenOutcomeIsNeverChance) {
  const Change once = Raced(kRaceByPidfd, Verdict::kViolated, "never", 1);
  EXPECT_EQ(Forth(once), Text{"worse verdict race/signal pidfd: upheld -> violated"});
  EXPECT_EQ(Back(once), Text{});  // that it did not come again is
}

TEST(Diff, RatesOfHarmMoveFromNearlyNeverToNearlyAlways) {
  const auto between = [](std::size_t cell, std::uint64_t before, std::uint64_t after) {
    return Lines(Compare(Changed(Raced(cell, Verdict::kHazardous, "harm", before)),
                         Changed(Raced(cell, Verdict::kHazardous, "harm", after))));
  };
  EXPECT_EQ(between(kRaceByPidfd, 4, 396),
            Text{"worse rate race/signal pidfd: harm 1.00 % -> harm 99.00 %"});
  EXPECT_EQ(between(kRaceByPidfd, 396, 4),
            Text{"better rate race/signal pidfd: harm 99.00 % -> harm 1.00 %"});
  EXPECT_EQ(between(kRaceByPid, 4, 396),
            Text{"neutral rate race/signal legacy_pid: harm 1.00 % -> harm 99.00 %"});
  EXPECT_EQ(between(kRaceByPidfd, 40, 340), Text{});  // so much a busy machine does
}

TEST(Diff, OutcomesOfARaceAppearAndVanish) {
  const Change allowed = [](Document& document) {
    document.cells[kRaceByPidfd].outcomes = {{"due", 400}};
  };
  EXPECT_EQ(Forth(allowed), Text{});
  EXPECT_EQ(Back(allowed), Text{});
  const Change required = [](Document& document) {
    document.cells[kRaceByPidfd].outcomes = {{"ok", 400}};
  };
  EXPECT_EQ(Forth(required), Text{"neutral outcome race/signal pidfd: due 50.0 % -> due 0 %"});
  EXPECT_EQ(Back(required), Text{"neutral outcome race/signal pidfd: due 0 % -> due 50.0 %"});
}

TEST(Diff, ABusyMachineLeavesARaceUndecided) {
  const Change undecided = [](Document& document) {
    document.cells[kRaceByPidfd].verdict = Verdict::kInconclusive;
  };
  EXPECT_EQ(Forth(undecided), Text{});
  EXPECT_EQ(Compare(Small(), Changed(undecided)).notes,
            Text{"not compared: 1 race that is undecided on one side, as on a busy machine: "
                 "race/signal pidfd"});
  const Change hung = [](Document& document) {
    document.cells[kRaceByPidfd].verdict = Verdict::kHung;
  };
  EXPECT_EQ(Forth(hung), Text{"worse verdict race/signal pidfd: upheld -> hung"});
  EXPECT_EQ(Back(hung), Text{"better verdict race/signal pidfd: hung -> upheld"});
}

TEST(Diff, KernelBugsComeAndGo) {
  const auto met = [](std::size_t cell, std::uint64_t hits) -> Change {
    return [=](Document& document) {
      document.cells[cell].kernel_bugs = {{"sample-bug", "harm", hits, "7.4"}};
    };
  };
  const Change asked = [=](Document& document) {
    Answer(kAskedByPidfd, Verdict::kHazardous, "harm")(document);
    met(kAskedByPidfd, 1)(document);
  };
  EXPECT_EQ(Forth(asked), (Text{"worse kernel_bug sample-bug : not met -> met",
                                "worse verdict ask/once pidfd: upheld -> hazardous"}));
  EXPECT_EQ(Back(asked), (Text{"better kernel_bug sample-bug : met -> not met",
                               "better verdict ask/once pidfd: hazardous -> upheld"}));
  const Change seldom = [=](Document& document) {
    Raced(kRaceByPidfd, Verdict::kHazardous, "harm", 2)(document);
    met(kRaceByPidfd, 2)(document);
  };
  EXPECT_EQ(Forth(seldom), Text{});
  const Text notes = Compare(Small(), Changed(seldom)).notes;
  ASSERT_EQ(notes.size(), 1U);
  EXPECT_TRUE(notes[0].starts_with("kernel bug sample-bug was met now only, which proves no"));
}

TEST(Diff, TheKernelsLogCounts) {
  const Change trouble = [](Document& document) {
    document.kernel_log.emplace();
    document.kernel_log->push_back({.kind = "warning", .text = "WARNING: at kernel/pid.c:7"});
  };
  const Change quiet = [](Document& document) { document.kernel_log.emplace(); };
  EXPECT_EQ(Forth(trouble), Text{"worse kernel_log warning : none -> reported"});
  EXPECT_EQ(Lines(Compare(Changed(trouble), Changed(quiet))),
            Text{"better kernel_log warning : reported -> none"});
  EXPECT_EQ(Back(trouble), Text{});  // nothing watched the log
}

TEST(Diff, TheMostHarmfulComesFirst) {
  EXPECT_EQ(Lines(Compare(Small(), MuchChanged())),
            (Text{"worse verdict ask/once pidfd: upheld -> violated",
                  "worse verdict race/signal pidfd: upheld -> hazardous",
                  "worse feature pidfd_open : present -> absent",
                  "neutral verdict ask/once legacy_pid: upheld -> hazardous"}));
}

TEST(Diff, OtherWorldsAndOtherRowsCannotBeCompared) {
  const Document other = Changed([](Document& document) {
    for (Feature& row : document.features) row.world = "enosys";
    for (Cell& row : document.cells) row.world = "enosys";
  });
  EXPECT_EQ(Incomparable(Small(), other),
            Text{"other worlds: native before, enosys now; run both with the same --world"});
  const Document renamed = Changed([](Document& document) {
    document.features.clear();
    for (Cell& row : document.cells) row.scenario += "2";
  });
  EXPECT_EQ(Incomparable(Small(), renamed), Text{"they have no feature and no verdict in common"});
}

TEST(Diff, NamesAnotherMachine) {
  const Change move = [](Document& document) { document.host.machine = "aarch64"; };
  EXPECT_EQ(Forth(move), Text{});
  EXPECT_EQ(Compare(Small(), Changed(move)).notes,
            Text{"another machine: x86_64 before, aarch64 now"});
}

}  // namespace
}  // namespace pidproof::reports::compare::diff_test
