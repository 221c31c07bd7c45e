#include "runner/judge.h"

#include <gtest/gtest.h>

#include <optional>

#include "reports/document/cell.h"
#include "scenarios/torture.h"

namespace pidproof::runner::judge_test {
namespace {

using Words = std::map<std::string, std::uint64_t>;

constexpr scenarios::Era kChange{{6, 9}, "000000000000", {{{6, 1, 90}}}};

const scenarios::Scenario kSample{
    .name = "sample/question",
    .question = "?",
    .pidfd = {.claims = {scenarios::Must("gone", "must", "x"), scenarios::May("fine", "may", "x"),
                         scenarios::Never("stranger", "never", "x"),
                         scenarios::Must("newer", "since", "x").Since(kChange),
                         scenarios::May("older", "until", "x").Until(kChange),
                         scenarios::Hazard("exposed", "hazard", "x")}},
    .legacy = {.claims = {scenarios::Hazard("stranger", "hazard", "x"),
                          scenarios::May("gone", "may", "x")}},
};
const scenarios::Torture kRace{.name = "sample/race", .question = "?"};

CellRun Seen(Words words) {
  CellRun cell;
  for (const auto& [word, count] : words) cell.tally.trials += count;
  cell.tally.opportunities = cell.tally.trials;
  cell.tally.outcomes = std::move(words);
  return cell;
}

CellRun Shut(CellRun cell) {
  cell.tally.opportunities = 0;
  return cell;
}

CellRun Ending(Ended ended, Words words = {{"gone", 1}}) {
  CellRun cell = Seen(std::move(words));
  cell.ended = std::move(ended);
  return cell;
}

CellRun Exhausted(CellRun cell) {
  cell.tally.exhausted = true;
  return cell;
}

CellRun OnOneProcessor(CellRun cell) {
  cell.processors = 1;
  return cell;
}

constexpr Release kOld{6, 1};
constexpr Release kNew{6, 12};
const CellRun kHit = Seen({{"stranger", 7}});

TEST(Judge, FollowsItsTable) {
  CellRun lacking;
  lacking.lacks = "needs pidfd_open";
  struct Row {
    const char* what;
    CellRun own;
    CellRun other;
    Release kernel;
    Verdict verdict;
  };
  const Row rows[] = {
      {"a need is missing", lacking, kHit, kOld, Verdict::kUnsupported},
      {"the trial says so itself", Ending({Ended::kUnsupported, 0, "no"}, {}), kHit, kOld,
       Verdict::kUnsupported},
      {"the trial says so, having been able to", Ending({Ended::kUnsupported, 0, "no"}), kHit, kOld,
       Verdict::kBroken},
      {"a never, after which what was set up does not stand",
       Ending({Ended::kBroken, 0, "at"}, {{"stranger", 1}}), kHit, kOld, Verdict::kViolated},
      {"no end", Ending({Ended::kDeadline, 0, ""}), kHit, kOld, Verdict::kHung},
      {"a signal", Ending({Ended::kSignalled, 11, ""}), kHit, kOld, Verdict::kCrashed},
      {"a filter's signal", Ending({Ended::kSignalled, 31, ""}), kHit, kOld, Verdict::kUnsupported},
      {"an exit", Ending({Ended::kExited, 3, ""}), kHit, kOld, Verdict::kCrashed},
      {"not set up", Ending({Ended::kBroken, 0, "at"}), kHit, kOld, Verdict::kBroken},
      {"no start", Ending({Ended::kNotStarted, 1, "clone"}), kHit, kOld, Verdict::kBroken},
      {"a never", Seen({{"gone", 9}, {"stranger", 1}}), kHit, kOld, Verdict::kViolated},
      {"an outcome that is not listed", Seen({{"gone", 9}, {"odd", 1}}), kHit, kOld,
       Verdict::kViolated},
      {"want of descriptors", Seen({{"gone", 9}, {"emfile", 1}}), kHit, kOld,
       Verdict::kUnsupported},
      {"a never, and want of descriptors", Seen({{"stranger", 9}, {"emfile", 1}}), kHit, kOld,
       Verdict::kViolated},
      {"a never is worse than a missing control", Seen({{"stranger", 1}}), Seen({{"gone", 5}}),
       kOld, Verdict::kViolated},
      {"a must not observed", Seen({{"fine", 9}}), kHit, kOld, Verdict::kInconclusive},
      {"the window never opened", Shut(Seen({{"gone", 9}})), kHit, kOld, Verdict::kInconclusive},
      {"nor could it, on one processor", OnOneProcessor(Shut(Seen({{"gone", 9}}))), kHit, kOld,
       Verdict::kUnsupported},
      {"nothing observed", Seen({}), kHit, kOld, Verdict::kInconclusive},
      {"the control did not fire", Seen({{"gone", 9}}), Seen({{"gone", 9}}), kOld,
       Verdict::kInconclusive},
      {"the control is missing here", Seen({{"gone", 9}}), lacking, kOld, Verdict::kUnsupported},
      {"a must not observed, whatever the other path lacks", Seen({{"fine", 9}}), lacking, kOld,
       Verdict::kInconclusive},
      {"a must not observed, for want of host PIDs", Exhausted(Seen({{"fine", 9}})), kHit, kOld,
       Verdict::kUnsupported},
      {"the control ran out of host PIDs", Seen({{"gone", 9}}), Exhausted(Seen({{"gone", 9}})),
       kOld, Verdict::kUnsupported},
      {"a hazard", Seen({{"gone", 9}, {"exposed", 1}}), kHit, kOld, Verdict::kHazardous},
      {"a hazard in the one trial", Seen({{"exposed", 1}}), kHit, kOld, Verdict::kHazardous},
      {"a hazard in many trials, and nothing that is due", Seen({{"exposed", 2}}), kHit, kOld,
       Verdict::kInconclusive},
      {"clean", Seen({{"gone", 9}, {"fine", 3}}), kHit, kOld, Verdict::kUpheld},
      {"a newer must on an older kernel", Seen({{"gone", 9}, {"newer", 3}}), kHit, kOld,
       Verdict::kUpheld},
      {"a newer must not observed on a newer kernel", Seen({{"gone", 9}}), kHit, kNew,
       Verdict::kInconclusive},
      {"an older answer on an older kernel", Seen({{"gone", 9}, {"older", 1}}), kHit, kOld,
       Verdict::kUpheld},
      {"an older answer on a newer kernel", Seen({{"gone", 9}, {"older", 1}}), kHit, kNew,
       Verdict::kViolated},
      {"a newer must observed", Seen({{"gone", 9}, {"newer", 1}}), kHit, kNew, Verdict::kUpheld},
  };
  for (const Row& row : rows) {
    const Judgment judgment = Judge(kSample, scenarios::kPidfd, row.own, row.other, row.kernel);
    EXPECT_EQ(judgment.verdict, row.verdict) << row.what << ": " << judgment.why;
    EXPECT_FALSE(judgment.why.empty()) << row.what;
  }
}

// Asked once, one answer is all there is; of a race, a few say nothing.
TEST(Judge, UpholdsNoRaceOnAFewOpportunities) {
  scenarios::Scenario race = kSample;
  race.torture = &kRace;
  const auto judged = [&](const CellRun& own) {
    return Judge(race, scenarios::kPidfd, own, kHit, kOld);
  };
  EXPECT_EQ(judged(Seen({{"gone", 30}})).verdict, Verdict::kUpheld);
  const Judgment few = judged(Seen({{"gone", 29}}));
  EXPECT_EQ(few.verdict, Verdict::kInconclusive);
  EXPECT_EQ(few.why, "only 29 opportunities in 29 trials, and fewer than 30 prove nothing");
  EXPECT_EQ(judged(Exhausted(Seen({{"gone", 29}}))).missing, reports::kPids);
  EXPECT_EQ(judged(OnOneProcessor(Seen({{"gone", 29}}))).verdict, Verdict::kInconclusive)
      << "no more were wanted";
  CellRun seldom = OnOneProcessor(Seen({{"gone", 500}}));
  seldom.tally.opportunities = 29;
  EXPECT_EQ(judged(seldom).missing, reports::kProcessors);
  EXPECT_EQ(judged(OnOneProcessor(Seen({{"gone", 30}}))).verdict, Verdict::kUpheld);
  EXPECT_EQ(judged(Seen({{"gone", 1}, {"exposed", 1}})).verdict, Verdict::kHazardous);
  EXPECT_EQ(judged(Seen({{"gone", 1}, {"stranger", 1}})).verdict, Verdict::kViolated);
}

TEST(Judge, GivesNeitherPathAFavour) {
  EXPECT_EQ(Judge(kSample, scenarios::kLegacyPid, kHit, Seen({{"gone", 1}}), kOld).verdict,
            Verdict::kHazardous);
  EXPECT_EQ(Judge(kSample, scenarios::kLegacyPid, Seen({{"gone", 1}}), kHit, kOld).verdict,
            Verdict::kUpheld);
}

TEST(Judge, SaysHowOftenAndWhy) {
  EXPECT_EQ(
      Judge(kSample, scenarios::kLegacyPid, Seen({{"stranger", 1234}, {"gone", 1}}), {}, kOld).why,
      "stranger: 1,234 in 1,235 opportunities: 99.9190 % (with 95 % confidence 99.543 % to "
      "99.9857 %): hazard [x]");
  EXPECT_EQ(Judge(kSample, scenarios::kPidfd, Seen({{"newer", 9}, {"gone", 1}}), kHit, kNew).why,
            "newer in 9 of 10 trials: since [x]; so since 6.9 (6.1.90)");
  EXPECT_EQ(Judge(kSample, scenarios::kPidfd, Seen({{"gone", 1}}), Seen({{"gone", 1}}), kOld).why,
            "the control did not show the harm: no stranger on the legacy_pid path");
}

}  // namespace
}  // namespace pidproof::runner::judge_test
