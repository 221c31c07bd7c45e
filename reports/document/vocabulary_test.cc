#include "reports/document/vocabulary.h"

#include <gtest/gtest.h>

namespace pidproof::reports::vocabulary_test {
namespace {

template <typename Enum>
void ExpectInOrder(std::initializer_list<std::pair<Enum, std::string_view>> all) {
  ASSERT_EQ(WordsOf(Enum{}).size(), all.size());
  for (const auto& [value, word] : all) {
    EXPECT_EQ(WordOf(value), word);
    EXPECT_EQ(Named<Enum>(word), value);
  }
  EXPECT_EQ(Named<Enum>("a word from the future"), std::nullopt);
}

TEST(Vocabulary, HasTheWordsInTheOrderOfTheValues) {
  ExpectInOrder<Availability>({{Availability::kPresent, "present"},
                               {Availability::kAbsent, "absent"},
                               {Availability::kFiltered, "filtered"},
                               {Availability::kDenied, "denied"},
                               {Availability::kUnclear, "unclear"}});
  ExpectInOrder<Verdict>({{Verdict::kUpheld, "upheld"},
                          {Verdict::kHazardous, "hazardous"},
                          {Verdict::kViolated, "violated"},
                          {Verdict::kInconclusive, "inconclusive"},
                          {Verdict::kUnsupported, "unsupported"},
                          {Verdict::kHung, "hung"},
                          {Verdict::kCrashed, "crashed"},
                          {Verdict::kBroken, "broken"}});
  ExpectInOrder<Strength>(
      {{Strength::kStrong, "strong"}, {Strength::kFair, "fair"}, {Strength::kWeak, "weak"}});
  ExpectInOrder<Expect>({{Expect::kMust, "must"},
                         {Expect::kMay, "may"},
                         {Expect::kHazard, "hazard"},
                         {Expect::kNever, "never"}});
  ExpectInOrder<Path>({{Path::kPidfd, "pidfd"}, {Path::kLegacyPid, "legacy_pid"}});
  ExpectInOrder<ScenarioKind>(
      {{ScenarioKind::kConformance, "conformance"}, {ScenarioKind::kTorture, "torture"}});
}

TEST(Vocabulary, IsPrintedAsItsWords) {
  EXPECT_EQ(fmt::format("{:>8}|{}", Verdict::kHung, Path::kLegacyPid), "    hung|legacy_pid");
}

}  // namespace
}  // namespace pidproof::reports::vocabulary_test
