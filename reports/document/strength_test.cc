#include "reports/document/strength.h"

#include <gtest/gtest.h>

#include "reports/document/sample_document_testing.h"
#include "reports/document/statistics.h"

namespace pidproof::reports {
namespace {

Cell Race(std::string verdict, std::uint64_t opportunities, double seconds = 1) {
  Cell cell = sample::SampleCell("a/b", "pidfd", std::move(verdict), "", opportunities, {});
  cell.opportunities = opportunities;
  cell.seconds = seconds;
  return cell;
}

TEST(Strength, FollowsItsTable) {
  struct Row {
    const char* verdict;
    std::uint64_t opportunities;
    std::string_view strength;
  };
  for (const Row& row :
       {Row{"upheld", 1'000'000, "strong"}, Row{"upheld", 2995, "strong"},
        Row{"upheld", 2994, "fair"}, Row{"upheld", 299, "fair"}, Row{"upheld", 298, "weak"},
        Row{"upheld", 30, "weak"}, Row{"upheld", 0, ""}, Row{"hazardous", 5000, ""},
        Row{"violated", 5000, ""}, Row{"inconclusive", 20, ""}}) {
    EXPECT_EQ(StrengthOf(Race(row.verdict, row.opportunities)), row.strength)
        << row.verdict << " " << row.opportunities;
  }
  EXPECT_EQ(StrengthOf(sample::SampleCell("a/b", "pidfd", "upheld", "", 5000, {})), "");
}

TEST(Strength, NeedsAsManyOpportunitiesAsTheBoundsSay) {
  EXPECT_EQ(kOpportunitiesIfStrong, NeededForBound95(kStrongBound));
  EXPECT_EQ(kOpportunitiesIfFair, NeededForBound95(kFairBound));
}

TEST(Evidence, SaysHowLongARunWouldMakeAllStrong) {
  Document document;
  document.run.seconds = 15;
  document.cells = {Race("upheld", 2995, 1), Race("upheld", 599, 2), Race("upheld", 100, 1),
                    Race("hazardous", 50, 3), Race("inconclusive", 3, 4)};
  document.cells[3].first_hit = 0.5;
  const Evidence evidence = Weigh(document);
  EXPECT_EQ(evidence.strong, 1u);
  EXPECT_EQ(evidence.fair, 1u);
  EXPECT_EQ(evidence.weak, 1u);
  // 4 s beside the races; 1, 10 and 29.95 s until a bound; a harm after half a second; 4 s in vain.
  EXPECT_NEAR(evidence.seconds_until_strong, 4 + 1 + 10 + 29.95 + 0.5 + 4, 0.01);
  EXPECT_EQ(EvidenceSentence(evidence),
            "1 strong, 1 fair, 1 weak; --until 1e-3 makes all strong, in about 49 s");
}

TEST(Evidence, NeedsNoMoreWhereAllIsStrong) {
  Document document;
  EXPECT_EQ(EvidenceSentence(Weigh(document)), "");
  document.cells = {Race("upheld", 3000)};
  EXPECT_EQ(EvidenceSentence(Weigh(document)), "1 strong, 0 fair, 0 weak");
}

}  // namespace
}  // namespace pidproof::reports
