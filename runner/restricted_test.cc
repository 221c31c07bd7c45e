#include "runner/restricted.h"

#include <errno.h>
#include <gtest/gtest.h>
#include <signal.h>

namespace pidproof::runner::restricted_test {
namespace {

const scenarios::Scenario kSample{
    .name = "sample/question",
    .question = "?",
    .pidfd = {.claims = {scenarios::Must("ok", "must", "x"), scenarios::May("eagain", "may", "x")}},
    .legacy = {.claims = {scenarios::Must("ok", "must", "x")}},
};

CellRun Saw(const std::string& word) {
  CellRun cell;
  cell.tally.trials = 1;
  cell.tally.outcomes[word] = 1;
  return cell;
}

CellRun Ending(Ended::How how, int number) {
  CellRun cell;
  cell.ended = {how, number, "it"};
  return cell;
}

const refusal::Restriction kFew{"RLIMIT_NPROC 8", {EAGAIN}};
const refusal::Restriction kHidden{"hidepid", {ENOENT}, {SIGXCPU}};
const refusal::Restriction kSpoiled{"a filter refuses pipe2", {EPERM}, {}, true};

Verdict Under(const std::vector<refusal::Restriction>& restrictions, Verdict verdict,
              scenarios::Path path, const CellRun& own, const CellRun& other = {}) {
  return UnderRestrictions({verdict, "why"}, kSample, path, own, other, restrictions).verdict;
}

TEST(UnderRestrictions, BlameNoKernelForWhatARestrictionMayCause) {
  const auto bad = Verdict::kViolated;
  EXPECT_EQ(Under({}, bad, scenarios::kLegacyPid, Saw("eagain")), bad);
  EXPECT_EQ(Under({kFew}, bad, scenarios::kLegacyPid, Saw("eagain")), Verdict::kUnsupported);
  EXPECT_EQ(Under({kHidden, kFew}, bad, scenarios::kLegacyPid, Saw("eagain")),
            Verdict::kUnsupported);
  EXPECT_EQ(Under({kFew}, bad, scenarios::kLegacyPid, Saw("enoent")), bad);
  EXPECT_EQ(Under({kFew}, bad, scenarios::kLegacyPid, Saw("stranger")), bad);
  EXPECT_EQ(Under({kSpoiled}, bad, scenarios::kLegacyPid, Saw("stranger")), Verdict::kUnsupported);
  // What is claimed is not what went wrong.
  EXPECT_EQ(Under({kFew}, bad, scenarios::kPidfd, Saw("eagain")), bad);
}

TEST(UnderRestrictions, LeavesAGoodVerdictAlone) {
  EXPECT_EQ(Under({kSpoiled}, Verdict::kUpheld, scenarios::kPidfd, Saw("ok")), Verdict::kUpheld);
  EXPECT_EQ(Under({kSpoiled}, Verdict::kHazardous, scenarios::kPidfd, Saw("ok")),
            Verdict::kHazardous);
}

TEST(UnderRestrictions, KnowsWhatStagesWereRefusedAndTrialsDiedOf) {
  EXPECT_EQ(Under({kFew}, Verdict::kBroken, scenarios::kPidfd, Ending(Ended::kBroken, EAGAIN)),
            Verdict::kUnsupported);
  EXPECT_EQ(Under({kFew}, Verdict::kBroken, scenarios::kPidfd, Ending(Ended::kNotStarted, EAGAIN)),
            Verdict::kUnsupported);
  EXPECT_EQ(Under({kFew}, Verdict::kBroken, scenarios::kPidfd, Ending(Ended::kBroken, EIO)),
            Verdict::kBroken);
  EXPECT_EQ(Under({kFew}, Verdict::kBroken, scenarios::kPidfd, Ending(Ended::kBroken, 0)),
            Verdict::kUnsupported);
  EXPECT_EQ(Under({}, Verdict::kBroken, scenarios::kPidfd, Ending(Ended::kBroken, 0)),
            Verdict::kBroken);
  EXPECT_EQ(
      Under({kHidden}, Verdict::kCrashed, scenarios::kPidfd, Ending(Ended::kSignalled, SIGXCPU)),
      Verdict::kUnsupported);
  EXPECT_EQ(
      Under({kHidden}, Verdict::kCrashed, scenarios::kPidfd, Ending(Ended::kSignalled, SIGSEGV)),
      Verdict::kCrashed);
}

TEST(UnderRestrictions, TakesWhatIsUsedUpForALimitWhoeverSetIt) {
  EXPECT_EQ(Under({}, Verdict::kBroken, scenarios::kPidfd, Ending(Ended::kBroken, EMFILE)),
            Verdict::kUnsupported);
  EXPECT_EQ(Under({}, Verdict::kBroken, scenarios::kPidfd, Ending(Ended::kBroken, EAGAIN)),
            Verdict::kBroken);
}

TEST(UnderRestrictions, LooksAtTheControlOnlyInDoubt) {
  const CellRun control = Ending(Ended::kBroken, EAGAIN);
  EXPECT_EQ(Under({kFew}, Verdict::kInconclusive, scenarios::kPidfd, Saw("ok"), control),
            Verdict::kUnsupported);
  EXPECT_EQ(Under({kFew}, Verdict::kViolated, scenarios::kPidfd, Saw("stranger"), control),
            Verdict::kViolated);
}

TEST(UnderRestrictions, NamesThemAll) {
  const Judgment judged =
      UnderRestrictions({Verdict::kViolated, "eagain"}, kSample, scenarios::kLegacyPid,
                        Saw("eagain"), {}, {kFew, kHidden, kSpoiled});
  EXPECT_EQ(judged.why, "RLIMIT_NPROC 8, a filter refuses pipe2 may be the cause: eagain");
  EXPECT_EQ(judged.missing, "restriction");
}

}  // namespace
}  // namespace pidproof::runner::restricted_test
