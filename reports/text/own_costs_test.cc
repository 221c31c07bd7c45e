#include "reports/text/own_costs.h"

#include <gtest/gtest.h>

#include "reports/text/costs.h"

namespace pidproof::reports::text::own_costs_test {
namespace {

Benchmark Row(const std::string& name, double nanoseconds) {
  Benchmark row{.name = name, .mechanism = "m", .unsupported = ""};
  row.samples = {nanoseconds};
  row.median = nanoseconds;
  return row;
}

TEST(OwnCosts, IsATableOfRatios) {
  const std::vector<Benchmark> rows = {Row("own/of:isolate/as:measured", 300'000),
                                       Row("own/of:isolate/as:floor", 100'000),
                                       Row("own/of:render/form:html/as:measured", 31'400'000),
                                       Row("own/of:render/as:floor", 10'000'000)};
  EXPECT_EQ(OwnCosts(rows, TerminalStyle(false)),
            "  pidproof itself     takes     floor  ratio  99 % interval\n"
            "  isolate            300 us    100 us   3.00  3.00 to 3.00\n"
            "  render, html      31.4 ms   10.0 ms   3.14  3.14 to 3.14\n");
}

TEST(OwnCosts, IsPartOfTheCosts) {
  const std::vector<Benchmark> rows = {Row("own/of:isolate/as:measured", 2),
                                       Row("own/of:isolate/as:floor", 1)};
  const std::string costs = Costs(rows, TerminalStyle(false));
  EXPECT_NE(costs.find(OwnCosts(rows, TerminalStyle(false))), std::string::npos) << costs;
}

TEST(OwnCosts, SaysNothingWhereNoneWasMeasured) {
  EXPECT_EQ(OwnCosts({Row("own/of:isolate/as:measured", 3), Row("verbs/call:wait/path:pidfd", 2)},
                     TerminalStyle(false)),
            "");
}

TEST(OwnCosts, PrintsNoControlCharacters) {
  const std::vector<Benchmark> rows = {Row("own/of:a\x1b[31m/as:measured", 2),
                                       Row("own/of:a\x1b[31m/as:floor", 1)};
  EXPECT_EQ(OwnCosts(rows, TerminalStyle(false)).find('\x1b'), std::string::npos);
}

}  // namespace
}  // namespace pidproof::reports::text::own_costs_test
