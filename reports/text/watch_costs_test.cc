#include "reports/text/watch_costs.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "reports/text/supervise_costs.h"

namespace pidproof::reports::text::watch_costs_test {
namespace {

const TerminalStyle kPlain(false);

Benchmark Row(std::string name, double time, double cpu) {
  Benchmark row{.name = std::move(name), .mechanism = "", .unsupported = ""};
  row.samples = {time};
  row.median = time;
  row.p99 = 3 * time;
  row.cpu = cpu;
  row.cpu_samples = {cpu};
  return row;
}

Benchmark Watch(int children, const std::string& strategy, double time, double cpu) {
  return Row(fmt::format("watch/load:closed/cpu:across/children:{}/strategy:{}/path:legacy_pid",
                         children, strategy),
             time, cpu);
}

std::vector<Benchmark> Rows() {
  std::vector<Benchmark> rows;
  for (const int children : {1, 100, 10'000}) {
    rows.push_back(Watch(children, "epoll_pidfd", 11'000, 10'000));
    rows.push_back(Watch(children, "blocked_waitpid_any", 10'000, 5'000.0 * children));
  }
  rows.back() = {.name = rows.back().name, .mechanism = "", .unsupported = "needs more"};
  return rows;
}

TEST(WatchCosts, BeginWithRatiosToEachOther) {
  const std::string text = WatchCosts(Rows(), kPlain);
  EXPECT_TRUE(text.find("\n  blocked_waitpid_any    2.00 2.00-2.00 0.02 0.02-0.02"
                        "              -\n") != std::string::npos)
      << text;
  EXPECT_EQ(text.find("\n  epoll_pidfd            1.00"), std::string::npos)
      << "its ratio to itself says nothing";
}

TEST(WatchCosts, HaveAFloorAndAnExponent) {
  const std::string text = WatchCosts(Rows(), kPlain);
  EXPECT_TRUE(text.find("end to status, median; floor 10.0 us\n") != std::string::npos) << text;
  EXPECT_TRUE(text.find("\n  epoll_pidfd              11.0 us   11.0 us   11.0 us       0.0\n") !=
              std::string::npos)
      << text;
  EXPECT_TRUE(text.find("\n  blocked_waitpid_any      10.0 us   10.0 us         -\n") !=
              std::string::npos)
      << "one point has no slope: " << text;
}

TEST(WatchCosts, AreNothingWhereNoneWereMeasured) {
  EXPECT_EQ(WatchCosts({Row("verbs/call:a/path:pidfd", 1, 1)}, kPlain), "");
  EXPECT_EQ(SuperviseCosts({Row("verbs/call:a/path:pidfd", 1, 1)}, kPlain), "");
}

TEST(SuperviseCosts, CountWhatWentWrong) {
  Benchmark row = Row("supervise/workers:100/strategy:poll_pidfd/path:pidfd", 50'000, 20'000);
  row.stops = 1234;
  row.lost = 1;
  row.doubled = 2;
  row.misdirected = 3;
  Benchmark unknown = row;
  unknown.misdirected.reset();
  const std::string text = SuperviseCosts({row, unknown}, kPlain);
  EXPECT_TRUE(text.find("  poll_pidfd                 100        20,000     20.0 us   1,234      1"
                        "       2  3\n") != std::string::npos)
      << text;
  EXPECT_TRUE(text.find("       2  -\n") != std::string::npos) << text;
}

}  // namespace
}  // namespace pidproof::reports::text::watch_costs_test
