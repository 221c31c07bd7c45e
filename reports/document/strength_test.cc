#include "reports/document/strength.h"

#include <gtest/gtest.h>

#include "reports/document/sample_document_testing.h"
#include "reports/document/statistics.h"

namespace pidproof::reports::strength_test {
namespace {

Cell Race(Verdict verdict, std::uint64_t opportunities, double seconds = 1) {
  Cell cell = sample::SampleCell("a/b", Path::kPidfd, verdict, "", opportunities, {});
  cell.opportunities = opportunities;
  cell.seconds = seconds;
  return cell;
}

TEST(Strength, FollowsItsTable) {
  struct Row {
    Verdict verdict;
    std::uint64_t opportunities;
    std::optional<Strength> strength;
  };
  for (const Row& row :
       {Row{Verdict::kUpheld, 1'000'000, Strength::kStrong},
        Row{Verdict::kUpheld, 2995, Strength::kStrong},
        Row{Verdict::kUpheld, 2994, Strength::kFair}, Row{Verdict::kUpheld, 299, Strength::kFair},
        Row{Verdict::kUpheld, 298, Strength::kWeak}, Row{Verdict::kUpheld, 30, Strength::kWeak},
        Row{Verdict::kUpheld, 0, std::nullopt}, Row{Verdict::kHazardous, 5000, std::nullopt},
        Row{Verdict::kViolated, 5000, std::nullopt},
        Row{Verdict::kInconclusive, 20, std::nullopt}}) {
    EXPECT_EQ(StrengthOf(Race(row.verdict, row.opportunities)), row.strength)
        << row.verdict << " " << row.opportunities;
  }
  EXPECT_EQ(StrengthOf(sample::SampleCell("a/b", Path::kPidfd, Verdict::kUpheld, "", 5000, {})),
            std::nullopt);
}

TEST(Strength, NeedsAsManyOpportunitiesAsTheBoundsSay) {
  EXPECT_EQ(kOpportunitiesIfStrong, NeededForBound95(kStrongBound));
  EXPECT_EQ(kOpportunitiesIfFair, NeededForBound95(kFairBound));
}

TEST(Evidence, SaysHowLongARunWouldMakeAllStrong) {
  Document document;
  document.run.seconds = 15;
  document.cells = {Race(Verdict::kUpheld, 2995, 1), Race(Verdict::kUpheld, 599, 2),
                    Race(Verdict::kUpheld, 100, 1), Race(Verdict::kHazardous, 50, 3),
                    Race(Verdict::kInconclusive, 3, 4)};
  document.cells[3].first_hit = 0.5;
  const Evidence evidence = Weigh(document);
  EXPECT_EQ(evidence.strong, 1u);
  EXPECT_EQ(evidence.fair, 1u);
  EXPECT_EQ(evidence.weak, 1u);
  // 4 s beside the races; 1, 10 and 29.95 s until a bound; a harm after half a second; 4 s in vain.
  EXPECT_NEAR(evidence.seconds_until_strong, 4 + 1 + 10 + 29.95 + 0.5 + 4, 0.01);
  EXPECT_EQ(EvidenceSentence(evidence),
            "3 upheld races: 1 strong (harm in fewer than 1 of 1,000 opportunities), 1 fair (1 of "
            "100), 1 weak; --until 1e-3 makes all strong, in about 49 s");
}

TEST(Evidence, NeedsNoMoreWhereAllIsStrong) {
  Document document;
  EXPECT_EQ(EvidenceSentence(Weigh(document)), "");
  document.cells = {Race(Verdict::kUpheld, 3000)};
  EXPECT_EQ(EvidenceSentence(Weigh(document)),
            "1 upheld race: 1 strong (harm in fewer than 1 of 1,000 opportunities), 0 fair (1 of "
            "100), 0 weak");
}

}  // namespace
}  // namespace pidproof::reports::strength_test
