// The rows about pidproof itself, as `pidproof bench` measures them.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <iterator>
#include <sstream>
#include <string>
#include <vector>

#include "reports/document/cost.h"
#include "reports/document/document.h"
#include "runner/program_testing.h"

namespace pidproof::runner::benchmarks::own_test {
namespace {

using reports::Benchmark;

// Builds that have no libbenchmark have no pidproof-bench.
std::filesystem::path Bench() {
  return std::filesystem::path(PIDPROOF_BINARY).parent_path() / "pidproof-bench";
}
bool IsBuilt() { return std::filesystem::exists(Bench()); }

std::vector<Benchmark> Measured(const std::string& arguments) {
  const Printed printed = RunProgram(fmt::format("bench --json - {}", arguments));
  EXPECT_EQ(printed.status, 0) << printed.out;
  return reports::FromJson(printed.out).benchmarks;
}

// As if each had been measured.
std::vector<Benchmark> RowsThatCanBeMeasured() {
  const Printed printed = RunProgramAfter(
      [] {}, {"--benchmark_list_tests", "--benchmark_filter=^own/"}, Bench().string());
  std::vector<Benchmark> rows;
  std::istringstream names(printed.out);
  for (std::string name; std::getline(names, name);) {
    Benchmark& row = rows.emplace_back();
    row.name = name.substr(0, name.find("/manual_time"));
    row.name = row.name.substr(0, row.name.find("/iterations:"));
    row.samples = {1};
    row.median = 1;
  }
  return rows;
}

TEST(OwnRows, HaveAFloorEach) {
  if (!IsBuilt()) GTEST_SKIP() << "pidproof-bench was not built";
  std::vector<Benchmark> rows = RowsThatCanBeMeasured();
  const auto is_measured = [](const Benchmark& row) { return KeyOf(row, "as") == "measured"; };
  const auto measured = std::ranges::count_if(rows, is_measured);
  EXPECT_GT(measured, 20);
  EXPECT_EQ(std::ssize(reports::OwnCostsOf(rows)), measured);
}

// What takes least, of each kind.
TEST(OwnRows, AreMeasured) {
  if (!IsBuilt()) GTEST_SKIP() << "pidproof-bench was not built";
  const std::vector<Benchmark> rows =
      Measured("--only '^own/of:(isolate|judge|trial/loop:reuse_chain/by:pidfd)/'");
  EXPECT_EQ(rows.size(), 6U + 2U) << "and the floor of all rows";
  for (const Benchmark& row : rows) {
    // By this machine, or for all other rows.
    const bool is_refused = row.unsupported.starts_with("needs a PID namespace") ||
                            row.unsupported.starts_with("needs privilege");
    EXPECT_TRUE(row.samples.size() == 11 || is_refused) << row.name << ": " << row.unsupported;
  }
}

TEST(OwnRows, ThatTakeLongAreLeftOutOfAQuickRun) {
  if (!IsBuilt()) GTEST_SKIP() << "pidproof-bench was not built";
  std::vector<std::string> names;
  for (const Benchmark& row : Measured("--quick --only '^own/'")) {
    if (TopicOf(row) == "own") names.push_back(row.name);
  }
  EXPECT_EQ(names,
            (std::vector<std::string>{"own/of:isolate/as:measured", "own/of:isolate/as:floor"}));
}

}  // namespace
}  // namespace pidproof::runner::benchmarks::own_test
