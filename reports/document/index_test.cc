#include "reports/document/index.h"

#include <gtest/gtest.h>

#include "reports/document/sample_document_testing.h"

namespace pidproof::reports::index_test {
namespace {

TEST(Index, PutsNativeFirst) {
  Document document = sample::SampleDocument();
  document.features.front().world = "zebra";
  const Index index(document);
  EXPECT_EQ(index.worlds(), (std::vector<std::string_view>{"native", "zebra", "enosys"}));
}

TEST(Index, FindsByName) {
  const Document document = sample::SampleDocument();
  const Index index(document);
  EXPECT_EQ(index.FindFeature("enosys", "pidfd_open"), &document.features[8]);
  EXPECT_EQ(index.FindFeature("enosys", "pidfd_getfd"), nullptr);
  EXPECT_EQ(index.FindCell("native", "zombie/signal", Path::kPidfd), &document.cells[2]);
  EXPECT_EQ(index.FindCell("enosys", "zombie/signal", Path::kPidfd), nullptr);
}

TEST(Index, OtherWorldsShowWhatTheyChange) {
  const Document document = sample::SampleDocument();
  const Index index(document);
  EXPECT_EQ(index.Features("native").entries.size(), 8U);
  const auto features = index.Features("enosys");
  EXPECT_EQ(features.of, 3U);
  ASSERT_EQ(features.entries.size(), 2U);  // clone3/autoreap is unclear in both
  EXPECT_EQ(features.entries[1]->feature, "pidfd_open/nonblock");
  const auto rows = index.Rows("enosys");
  EXPECT_EQ(rows.of, 2U);
  ASSERT_EQ(rows.entries.size(), 1U);  // zombie/signal is upheld in both
  EXPECT_EQ(rows.entries[0].scenario->name, "nonblock/wait_alive");
  EXPECT_NE(rows.entries[0].legacy_pid, nullptr);
}

TEST(Index, WorldsWithoutANativeOneAreShownWhole) {
  Document document = sample::SampleDocument();
  std::erase_if(document.features, [](const Feature& f) { return f.world == "native"; });
  std::erase_if(document.cells, [](const Cell& c) { return c.world == "native"; });
  const Index index(document);
  EXPECT_EQ(index.Features("enosys").entries.size(), 3U);
  EXPECT_EQ(index.Rows("enosys").entries.size(), 2U);
}

TEST(Index, RateNeedsATime) {
  Cell cell = sample::SampleCell("a/b", Path::kPidfd, Verdict::kUpheld, "", 100, {});
  EXPECT_EQ(RateOf(cell), std::nullopt);
  cell.seconds = 8;
  EXPECT_EQ(RateOf(cell), 13U);
  cell.seconds = 0;
  EXPECT_EQ(RateOf(cell), std::nullopt);
  cell.trials = 0;
  EXPECT_EQ(RateOf(cell), std::nullopt);
}

TEST(Index, OutcomesStandByTheirCount) {
  const Cell cell = sample::SampleCell("a/b", Path::kPidfd, Verdict::kUpheld, "", 9,
                                       {{"a", 1}, {"b", 7}, {"c", 1}});
  const auto outcomes = OutcomesByCount(cell);
  ASSERT_EQ(outcomes.size(), 3U);
  EXPECT_EQ(outcomes[0].first, "b");
  EXPECT_EQ(outcomes[1].first, "a");
  EXPECT_EQ(outcomes[2].first, "c");
}

}  // namespace
}  // namespace pidproof::reports::index_test
