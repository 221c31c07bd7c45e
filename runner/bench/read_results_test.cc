#include "runner/bench/read_results.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <stdexcept>
#include <string>

#include "reports/document/histogram.h"

namespace pidproof::runner::bench::read_results_test {
namespace {

std::string Repetition(const std::string& name, double time, const std::string& rest = "") {
  return fmt::format(R"({{"run_name": "{}", "family_index": {}, "run_type": "iteration",
                        "real_time": {}, "time_unit": "us", "label": "sd-event"{}}})",
                     name, name[0] - 'a', time, rest);
}

std::string Results(const std::string& rows) { return R"({"benchmarks": [)" + rows + "]}"; }

TEST(ReadResults, MakesOneRowOfItsRepetitions) {
  const auto rows = ReadResults(Results(
      Repetition("a/path:pidfd/manual_time", 1) + "," + Repetition("a/path:pidfd/manual_time", 3) +
      "," + Repetition("b", 7) + "," + Repetition("a/path:pidfd/manual_time", 2) +
      R"(, {"run_name": "b", "run_type": "aggregate", "calls": NaN, "max": -NaN})"));
  ASSERT_EQ(rows.size(), 2U);
  EXPECT_EQ(rows[0].name, "a/path:pidfd");
  EXPECT_EQ(rows[0].samples, (std::vector<double>{1000, 3000, 2000}));
  EXPECT_EQ(rows[0].median, 2000);
  EXPECT_EQ(rows[0].low, 1000);
  EXPECT_EQ(rows[0].mechanism, "sd-event");
  EXPECT_FALSE(rows[0].p50);
}

TEST(ReadResults, ReadsFiguresAndAddsHistograms) {
  std::string first =
      Repetition("a", 1, R"(, "p50": 900.0, "max": 2000.0, "cpu_ns": 7, "lost": 2)");
  std::string second =
      Repetition("a", 1, R"(, "p50": 1100.0, "max": 5000.0, "cpu_ns": 9, "lost": 3)");
  for (std::string* each : {&first, &second}) {
    each->replace(each->find("sd-event"), 8, "sd-event; histogram 896*2,2048*1");
  }
  const auto rows = ReadResults(Results(first + "," + second));
  ASSERT_EQ(rows.size(), 1U);
  EXPECT_EQ(rows[0].mechanism, "sd-event");
  EXPECT_EQ(rows[0].p50, 1000);
  EXPECT_EQ(rows[0].max, 5000);
  // Of 4 events from 896 on and 2 from 2048 to 2560.
  EXPECT_EQ(rows[0].p90, 2300);
  EXPECT_EQ(rows[0].p999, 2300);
  EXPECT_EQ(rows[0].cpu, 8);
  EXPECT_EQ(rows[0].cpu_samples, (std::vector<double>{7, 9}));
  EXPECT_EQ(rows[0].lost, 5);
  EXPECT_EQ(rows[0].histogram, (std::vector<std::uint64_t>{reports::BucketOf(896), 4, 5, 2}));
}

TEST(ReadResults, KeepsWhyARowCouldNotBeMeasured) {
  const auto rows = ReadResults(Results(
      Repetition("a", 0, R"(, "error_occurred": true, "error_message": "needs io_uring")")));
  ASSERT_EQ(rows.size(), 1U);
  EXPECT_EQ(rows[0].unsupported, "needs io_uring");
  EXPECT_TRUE(rows[0].samples.empty());
}

TEST(ReadResults, SaysOnceWhatAStrategyIs) {
  const auto rows = ReadResults(Results(Repetition("a/children:1/strategy:poll", 1) + "," +
                                        Repetition("b/children:1/strategy:poll", 1) + "," +
                                        Repetition("a/children:2/strategy:poll", 1)));
  ASSERT_EQ(rows.size(), 2U);
  EXPECT_EQ(rows[0].mechanism, "sd-event");
}

TEST(ReadResults, RefusesWhatIsNoResult) {
  for (const char* text : {"", "{", "[]", R"({"benchmarks": [{"run_name": 3}]})"}) {
    EXPECT_THROW(ReadResults(text), std::runtime_error) << text;
  }
}

}  // namespace
}  // namespace pidproof::runner::bench::read_results_test
