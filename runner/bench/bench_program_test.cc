// `pidproof bench` as its users call it.
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <string>

#include "runner/program_testing.h"

namespace pidproof::runner::bench::bench_program_test {
namespace {

using Json = nlohmann::json;

class BenchProgram : public ::testing::Test {
 protected:
  void SetUp() override {
    const auto bench = std::filesystem::path(PIDPROOF_BINARY).parent_path() / "pidproof-bench";
    if (access(bench.c_str(), X_OK) != 0) GTEST_SKIP() << "no pidproof-bench in this build";
  }

  Printed Bench(const std::string& only) const {
    return RunProgram(fmt::format("bench --quick --quiet --only '{}' --json {} 2>&1", only, file_));
  }

  TempDir dir_;
  std::string file_ = dir_.File("costs.json");
};

TEST_F(BenchProgram, LeavesADocumentWithTheRowsThatWereAskedFor) {
  const Printed printed = Bench("signal_0/state:alive|supervise");
  ASSERT_EQ(printed.status, 0) << printed.out;
  std::ifstream in(file_);
  const Json rows = Json::parse(in).at("benchmarks");
  const auto named = [&](const std::string& part) {
    return std::ranges::count_if(rows, [&](const Json& row) {
      return row.at("name").get<std::string>().find(part) != std::string::npos;
    });
  };
  EXPECT_EQ(named("verbs/call:signal_0/state:alive/"), 2);
  EXPECT_EQ(named("supervise/workers:100/"), 3);
  EXPECT_EQ(named("floor/"), 2);
  EXPECT_EQ(rows.size(), 7U);
  for (const Json& row : rows) {
    if (row.contains("unsupported")) continue;
    EXPECT_EQ(row.at("samples").size(), 11U) << row;
    EXPECT_GT(row.at("median").get<double>(), 0) << row;
  }
}

// One call that is refused takes the rows that need it, and no others.
TEST_F(BenchProgram, SaysOfEachRowWhatItNeeds) {
  const auto restrict = std::filesystem::path(PIDPROOF_BINARY).parent_path() / "pidproof-restrict";
  if (access(restrict.c_str(), X_OK) != 0) GTEST_SKIP() << "no pidproof-restrict in this build";
  const Printed printed = RunProgramAfter(
      [] {},
      {"refuse=epoll_create1:EPERM", PIDPROOF_BINARY, "bench", "--quick", "--only",
       "fstat/state:alive|closed.*children:1/strategy:(epoll_pidfd|blocked_waitpid_any)/", "--json",
       "-"},
      restrict.string());
  ASSERT_EQ(printed.status, 0);
  const Json rows = Json::parse(printed.out).at("benchmarks");
  EXPECT_EQ(rows.size(), 5U);
  for (const Json& row : rows) {
    const bool needs_it = row.at("name").get<std::string>().find("epoll") != std::string::npos;
    const std::string reason = row.value("unsupported", "");
    if (reason.starts_with("needs a PID namespace")) continue;
    EXPECT_EQ(reason, needs_it ? "needs a call that fails here: the setup failed" : "") << row;
  }
}

TEST_F(BenchProgram, NamesWhatIsWrongInOneLine) {
  for (const char* only : {"[", "no such row"}) {
    const Printed printed = Bench(only);
    EXPECT_EQ(printed.status, 2);
    EXPECT_TRUE(printed.out.starts_with(fmt::format("pidproof: --only {}: ", only))) << printed.out;
    EXPECT_EQ(std::ranges::count(printed.out, '\n'), 1) << printed.out;
    EXPECT_FALSE(std::filesystem::exists(file_));
  }
}

}  // namespace
}  // namespace pidproof::runner::bench::bench_program_test
