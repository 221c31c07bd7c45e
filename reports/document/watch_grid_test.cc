#include "reports/document/watch_grid.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace pidproof::reports::watch_grid_test {
namespace {

Benchmark Row(const std::string& name) {
  return {.name = name, .mechanism = "m", .unsupported = "", .samples = {1}};
}

TEST(WatchGridsOf, PartsLoadsAndPlacements) {
  const std::vector<Benchmark> rows = {
      Row("watch/load:closed/cpu:same/children:10/strategy:b/path:pidfd"),
      Row("watch/load:open/children:10/strategy:b/path:pidfd"),
      Row("watch/load:closed/cpu:across/children:10/strategy:b/path:pidfd"),
      Row("watch/load:closed/cpu:same/children:9/strategy:a/path:legacy_pid"),
      Row("watch/load:closed/cpu:same/children:10/strategy:a/path:legacy_pid"),
      Row("verbs/load:closed/cpu:same/children:10/strategy:c/path:pidfd"),
  };
  const std::vector<WatchGrid> grids = WatchGridsOf(rows);
  ASSERT_EQ(grids.size(), 3U);
  EXPECT_EQ(grids[0].load + grids[0].cpu, "closedsame");
  EXPECT_EQ(grids[1].load + grids[1].cpu, "open");
  EXPECT_EQ(grids[2].load + grids[2].cpu, "closedacross");
  EXPECT_EQ(grids[0].strategies, (std::vector<std::string>{"b", "a"}));
  EXPECT_EQ(grids[0].by_children.size(), 2U);
  EXPECT_EQ(grids[0].by_children.begin()->first, 9U) << "in the order of numbers, not of letters";
  EXPECT_EQ(grids[0].Find(10, "a"), &rows[4]);
  EXPECT_EQ(grids[0].Find(9, "b"), nullptr);
  EXPECT_EQ(grids[0].Find(11, "a"), nullptr);
}

TEST(WatchGridsOf, PassesOverWhatHasNoNumberOfChildren) {
  for (const char* children : {"", "0", "-1", "x", "10x", "99999999999999999999999"}) {
    EXPECT_TRUE(WatchGridsOf({Row(fmt::format("watch/load:closed/children:{}/strategy:a/path:pidfd",
                                              children))})
                    .empty())
        << children;
  }
  EXPECT_TRUE(WatchGridsOf({Row("watch"), Row("watch/"), Row("")}).empty());
}

TEST(WatchGrid, FindsWhatWasMeasuredOnly) {
  const std::vector<Benchmark> rows = {
      {.name = "watch/load:closed/children:1/strategy:a", .mechanism = "m", .unsupported = "no"}};
  const std::vector<WatchGrid> grids = WatchGridsOf(rows);
  ASSERT_EQ(grids.size(), 1U);
  EXPECT_EQ(grids[0].Find(1, "a"), nullptr);
}

}  // namespace
}  // namespace pidproof::reports::watch_grid_test
