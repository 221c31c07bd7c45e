#include "reports/document/cost.h"

#include <gtest/gtest.h>

namespace pidproof::reports::cost_test {
namespace {

Benchmark Row(const std::string& name, std::vector<double> samples) {
  Benchmark row{.name = name, .mechanism = "m", .unsupported = ""};
  row.samples = std::move(samples);
  row.median = MedianOf(row.samples).value;
  return row;
}

TEST(PairsOf, FindsTheRowThatDiffersInItsPath) {
  const std::vector<Benchmark> rows = {
      Row("verbs/call:wait/state:dead/path:pidfd", {2, 2, 2}),
      Row("verbs/call:wait/state:dead/path:legacy_pid", {1, 1, 1}),
      Row("verbs/call:wait/state:alive/path:pidfd", {3}),
  };
  const auto pairs = PairsOf(rows);
  ASSERT_EQ(pairs.size(), 1U) << "nothing is compared with another state";
  EXPECT_EQ(pairs[0].pidfd, &rows[0]);
  EXPECT_EQ(pairs[0].legacy, &rows[1]);
  EXPECT_EQ(pairs[0].ratio.value, 2);
}

TEST(PairsOf, TakesTheOnlyRowByPidForEachCall) {
  std::vector<Benchmark> rows = {
      Row("identify/call:fstat/state:dead/path:pidfd", {1}),
      Row("identify/call:statx/state:dead/path:pidfd", {1}),
      Row("identify/call:stat_file/state:dead/path:legacy_pid", {10}),
  };
  EXPECT_EQ(PairsOf(rows).size(), 2U);
  rows.push_back(Row("identify/call:status/state:dead/path:legacy_pid", {10}));
  EXPECT_TRUE(PairsOf(rows).empty()) << "which of both is not said";
  rows[3].unsupported = "needs /proc";
  EXPECT_EQ(PairsOf(rows).size(), 2U);
}

TEST(PairsOf, TakesEachWayToHaveAPidfd) {
  const std::vector<Benchmark> rows = {
      Row("creation/call:fork/parent_mib:1/path:legacy_pid", {10}),
      Row("creation/call:clone/parent_mib:1/path:legacy_pid", {10}),
      Row("creation/call:fork/how:pidfd_open/parent_mib:1/path:pidfd", {11}),
      Row("creation/call:fork/how:spawn/parent_mib:1/path:pidfd", {12}),
  };
  const auto pairs = PairsOf(rows);
  ASSERT_EQ(pairs.size(), 2U);
  EXPECT_EQ(pairs[0].legacy, &rows[0]);
  EXPECT_EQ(pairs[1].legacy, &rows[0]);
}

TEST(CpuRatioOf, NeedsSamplesOfBoth) {
  Benchmark one = Row("a", {1});
  Benchmark other = Row("b", {1});
  one.cpu_samples = {20, 22};
  EXPECT_FALSE(CpuRatioOf(one, other));
  other.cpu_samples = {10, 0};
  EXPECT_FALSE(CpuRatioOf(one, other));
  other.cpu_samples = {10, 11};
  ASSERT_TRUE(CpuRatioOf(one, other));
  EXPECT_DOUBLE_EQ(CpuRatioOf(one, other)->value, 2);
}

TEST(NoiseOf, IsTheSpreadOfTheFloor) {
  EXPECT_FALSE(NoiseOf({Row("verbs/call:a", {1, 2})}));
  const auto noise = NoiseOf({Row("floor/call:getppid", {100, 90, 110, 100, 500})});
  ASSERT_TRUE(noise);
  EXPECT_DOUBLE_EQ(*noise, 0.1) << "one outlier is no noise";
}

TEST(NoiseReason, IsThereWhereNothingIsCalledFaster) {
  EXPECT_EQ(NoiseReason(std::nullopt), "there is no floor");
  EXPECT_EQ(NoiseReason(0.34), "the floor spreads by 34 %");
  EXPECT_EQ(NoiseReason(kMostNoise), "");
}

TEST(OwnCostsOf, FindsTheFloorWithTheMostKeys) {
  std::vector<Benchmark> rows = {
      Row("own/of:render/form:html/as:measured", {30, 30, 30}),
      Row("own/of:render/form:text/as:measured", {20, 20, 20}),
      Row("own/of:render/as:floor", {10, 10, 10}),
      Row("own/of:render/form:text/as:floor", {4, 4, 4}),
      Row("own/of:read/as:measured", {1}),
      Row("verbs/of:render/as:measured", {1}),
  };
  const auto costs = OwnCostsOf(rows);
  ASSERT_EQ(costs.size(), 2U) << "what has no floor is not compared";
  EXPECT_EQ(costs[0].measured, &rows[0]);
  EXPECT_EQ(costs[0].floor, &rows[2]);
  EXPECT_EQ(costs[0].ratio.value, 3);
  EXPECT_EQ(costs[1].floor, &rows[3]);
  EXPECT_EQ(costs[1].ratio.value, 5);
}

TEST(OwnCostsOf, MakesNoRatioOfWhatWasNotMeasured) {
  std::vector<Benchmark> rows = {Row("own/of:read/as:measured", {2, 2}),
                                 Row("own/of:read/as:floor", {1, 1})};
  ASSERT_EQ(OwnCostsOf(rows).size(), 1U);
  rows[1].samples = {1, 0};
  EXPECT_TRUE(OwnCostsOf(rows).empty()) << "a document may come from anywhere";
  rows[1] = {.name = rows[1].name, .mechanism = "m", .unsupported = "needs a full run"};
  EXPECT_TRUE(OwnCostsOf(rows).empty());
  rows[1] = Row("own/of:read/as:floor", {1, 1});
  rows[0].median.reset();
  EXPECT_TRUE(OwnCostsOf(rows).empty());
}

TEST(WordFor, SaysFasterAndSlowerWithEvidenceOnly) {
  EXPECT_EQ(WordFor({.value = 2}, 0.001, 0.03), "slower");
  EXPECT_EQ(WordFor({.value = 0.5}, 0.001, 0.03), "faster");
  EXPECT_EQ(WordFor({.value = 1.04}, 0.001, 0.03), "~");
  EXPECT_EQ(WordFor({.value = 2}, 0.02, 0.03), "~");
  EXPECT_EQ(WordFor({.value = 2}, 0.001, 0.2), "~");
  EXPECT_EQ(WordFor({.value = 2}, 0.001, std::nullopt), "~");
}

}  // namespace
}  // namespace pidproof::reports::cost_test
