#include "reports/html/costs.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <regex>
#include <set>
#include <string>
#include <vector>

#include "reports/document/histogram.h"
#include "reports/document/sample_document_testing.h"
#include "reports/html/html.h"
#include "reports/text/costs.h"

namespace pidproof::reports::html::costs_test {
namespace {

bool Has(const std::string& text, std::string_view part) {
  return text.find(part) != std::string::npos;
}

std::vector<std::string> AllMatches(const std::string& text, const std::string& pattern) {
  std::vector<std::string> found;
  const std::regex regex(pattern);
  for (std::sregex_iterator at(text.begin(), text.end(), regex); at != std::sregex_iterator();
       ++at) {
    found.push_back((*at)[1]);
  }
  return found;
}

Benchmark Row(const std::string& name, double median) {
  Benchmark row{.name = name, .mechanism = "m", .unsupported = ""};
  for (int i = -5; i <= 5; ++i) row.samples.push_back(median * (1 + i / 1000.0));
  row.median = median;
  row.low = median;
  row.high = median;
  return row;
}

Benchmark Watch(const std::string& load, int children, const std::string& strategy, double time) {
  const std::string path = strategy.ends_with("pidfd") ? "pidfd" : "legacy_pid";
  Benchmark row = Row(
      fmt::format("watch/load:{}/children:{}/strategy:{}/path:{}", load, children, strategy, path),
      time);
  row.p50 = time;
  row.p99 = 2 * time;
  row.cpu = 3 * time;
  const auto least = static_cast<std::uint64_t>(time);
  row.histogram =
      Packed({{BucketOf(least / 2), 10}, {BucketOf(least), 80}, {BucketOf(2 * least), 10}});
  return row;
}

Benchmark Floor() { return Row("floor/call:getppid", 100); }

std::vector<Benchmark> Pairs() {
  return {Floor(),
          Row("verbs/call:signal/state:dead/path:pidfd", 200),
          Row("verbs/call:signal/state:dead/path:legacy_pid", 100),
          Row("verbs/call:wait/state:dead/path:pidfd", 50),
          Row("verbs/call:wait/state:dead/path:legacy_pid", 100),
          Row("creation/call:fork/parent_mib:64/path:pidfd", 5000),
          Row("creation/call:fork/parent_mib:64/path:legacy_pid", 5001)};
}

std::vector<Benchmark> Watched(const std::string& load, const std::vector<int>& sizes) {
  std::vector<Benchmark> rows = {Floor()};
  for (const int children : sizes) {
    rows.push_back(Watch(load, children, "epoll_pidfd", 10'000));
    rows.push_back(Watch(load, children, "sigchld_any", 10'000.0 * children));
  }
  return rows;
}

TEST(CostsOnThePage, AreThereWithALinkWhereThereAreAny) {
  Document document = sample::SampleDocument();
  EXPECT_TRUE(Has(Html(document), "<section id=costs>"));
  EXPECT_TRUE(Has(Html(document), "<a href=\"#costs\">"));
  document.benchmarks.clear();
  EXPECT_FALSE(Has(Html(document), "<section id=costs>"));
  EXPECT_FALSE(Has(Html(document), "<a href=\"#costs\">"));
  EXPECT_EQ(CostsHtml({}), "");
}

TEST(CostsOnThePage, AloneAreAllThereIs) {
  Document document;
  document.benchmarks = Pairs();
  const std::string page = Html(document);
  EXPECT_TRUE(Has(page, "7 of 7 costs were measured."));
  for (const char* part : {"id=features", "id=scenarios", "id=claims", "id=legend", "#features",
                           "<dt>Isolation", "<dt>Seed", "<dt>Duration", "<span>Verdicts"}) {
    EXPECT_FALSE(Has(page, part)) << part;
  }
}

// Words, titles and their order are those of the text.
TEST(Forest, SaysWhatTheTextSays) {
  const std::vector<Benchmark> rows = Pairs();
  const std::string text = text::Costs(rows, text::TerminalStyle(false));
  const std::string page = CostsHtml(rows);
  EXPECT_EQ(AllMatches(page, "class=\"toned\">([^<]*)"),
            (std::vector<std::string>{"slower", "faster", "~"}));
  EXPECT_EQ(AllMatches(page, "<g class=([a-z]+)"),
            (std::vector<std::string>{"caution", "good", "quiet"}));
  std::size_t in_text = 0;
  for (const std::string& title : AllMatches(page, "class=\"end ink\">([^<]*)")) {
    const std::size_t at = text.find(title, in_text);
    ASSERT_NE(at, std::string::npos) << title << "\n" << text;
    in_text = at;
  }
  EXPECT_EQ(AllMatches(page, "<h3>([^<]*)"), (std::vector<std::string>{"verbs", "creation"}));
  EXPECT_TRUE(Has(page, "floor: getppid(2) 100 ns"));
  EXPECT_FALSE(Has(page, "Noisy machine"));
}

TEST(Forest, HasItsLineAtOneAndAllRatiosOnOneAxis) {
  const std::string page = CostsHtml(Pairs());
  const auto ones = AllMatches(page, "class=one d=\"M([0-9.]+) ");
  ASSERT_EQ(ones.size(), 2U);
  EXPECT_EQ(ones[0], ones[1]);
  const auto boxes = AllMatches(page, "class=box d=\"M([0-9.]+) [0-9.]+h8");
  ASSERT_EQ(boxes.size(), 3U);
  const double one = std::stod(ones[0]);
  EXPECT_GT(std::stod(boxes[0]) + 4, one + 50) << "twice as long";
  EXPECT_NEAR(std::stod(boxes[0]) + 4 - one, one - std::stod(boxes[1]) - 4, 1) << "half as long";
  EXPECT_NEAR(std::stod(boxes[2]) + 4, one, 1);
}

TEST(Forest, PointsToWhatIsFarAway) {
  std::vector<Benchmark> rows = Pairs();
  rows[1] = Row(rows[1].name, 1e12);
  EXPECT_EQ(AllMatches(CostsHtml(rows), "v8l(6|-6) -4z"), std::vector<std::string>{"6"});
}

TEST(CostsOnThePage, WarnOfANoisyMachine) {
  std::vector<Benchmark> rows = Pairs();
  rows[0].samples = {50, 60, 70, 100, 130, 140, 150};
  const std::string page = CostsHtml(rows);
  EXPECT_TRUE(Has(page, "<p class=\"meaning caution\">Noisy machine: the floor spreads by 80 %"));
  EXPECT_EQ(AllMatches(page, "class=\"toned\">([^<]*)"), (std::vector<std::string>{"~", "~", "~"}));
  rows.erase(rows.begin());
  EXPECT_TRUE(Has(CostsHtml(rows), "Noisy machine: there is no floor"));
}

TEST(Curves, AreOfLoadsWithThreeSizes) {
  std::vector<Benchmark> rows = Watched("closed/cpu:same", {1, 100, 10'000});
  for (const Benchmark& row : Watched("open", {10, 1000})) rows.push_back(row);
  const std::string page = CostsHtml(rows);
  EXPECT_EQ(AllMatches(page, "class=\"strong\">([^<]*)"),
            (std::vector<std::string>{"End to status, median", "End to status, 99 %",
                                      "Processor time for a death", "1 child", "100 children",
                                      "10 children", "1,000 children"}));
  EXPECT_EQ(
      AllMatches(page, "<h4>([^<]*)"),
      (std::vector<std::string>{"One child dies at a time, on the supervisor&#39;s processor",
                                "One child dies at a time, on the supervisor&#39;s processor",
                                "A child dies each millisecond, whatever the supervisor does"}));
}

TEST(Curves, NameEachLineAtItsEndWithItsExponent) {
  const std::string page = CostsHtml(Watched("closed", {1, 100, 10'000}));
  EXPECT_EQ(AllMatches(page, "class=\"own\">([^<]*)").size(), 6U);
  const auto exponents = AllMatches(page, "class=\"own end\">([^<]*)");
  ASSERT_EQ(exponents.size(), 6U);
  EXPECT_EQ(exponents[0], "1.0") << "the highest line comes first";
  EXPECT_EQ(exponents[1], "0.0");
  EXPECT_TRUE(Has(page, "<g class=\"pidfd c0\">"));
  EXPECT_TRUE(Has(page, "<g class=\"pid c0\">"));
}

TEST(Curves, KeepLabelsApart) {
  std::vector<Benchmark> rows = {Floor()};
  for (int strategy = 0; strategy < 30; ++strategy) {
    for (const int children : {1, 10, 100}) {
      rows.push_back(Watch("closed", children, fmt::format("s{}", strategy),
                           strategy % 2 == 0 ? 10'000 : 90'000));
    }
  }
  const std::string page = CostsHtml(rows);
  std::vector<double> heights;
  for (const std::string& y : AllMatches(page, "<text x=[0-9]+ y=([0-9]+) class=\"own\">")) {
    heights.push_back(std::stod(y));
  }
  ASSERT_EQ(heights.size(), 90U);
  for (std::size_t i = 1; i < heights.size(); ++i) {
    if (i % 30 == 0) continue;  // another panel
    EXPECT_GE(heights[i] - heights[i - 1], 13) << i;
  }
  EXPECT_GE(heights[0], 12);
}

TEST(Distributions, AreStepsWithMarksAtHalfAndAt99) {
  const std::vector<Benchmark> rows = {Floor(), Watch("burst", 10, "epoll_pidfd", 16384)};
  const std::string page = CostsHtml(rows);
  // 10 %, then 80 %, then 10 % of a height of 200; each doubling is as wide as the other.
  EXPECT_EQ(AllMatches(page, "class=line d=\"M86.9 222([^\"]*)\""),
            std::vector<std::string>{"v-20h68.6v-160h68.7v-20"});
  EXPECT_EQ(AllMatches(page, "class=dot d=\"(M155.5 122h0M224.2 24h0)\"").size(), 1U);
  EXPECT_TRUE(Has(page, "epoll_pidfd<td>16.4 us<td>32.8 us"));
  EXPECT_TRUE(Has(page, "10 children"));
  EXPECT_TRUE(Has(page, "All children die at once"));
}

TEST(Distributions, TakeTheNearestSizesAndAtMost300Points) {
  std::vector<Benchmark> rows = Watched("open", {2, 30, 50'000});
  rows[3].histogram.assign({0, 1});
  for (std::uint64_t bucket = 1; bucket < 252; ++bucket) {
    rows[3].histogram.insert(rows[3].histogram.end(), {1, 1});
  }
  const std::string page = CostsHtml(rows);
  EXPECT_TRUE(Has(page, ">30 children<"));
  EXPECT_FALSE(Has(page, ">50,000 children<")) << "30 is nearer to 1,000, as a ratio";
  for (const std::string& path : AllMatches(page, "class=line d=\"(M[^\"]*)\"")) {
    EXPECT_LE(std::ranges::count(path, 'v'), 300);
  }
}

// Each has a name for who does not see it, and what it shows is in a table too.
TEST(CostsOnThePage, FiguresHaveNamesAndTables) {
  std::vector<Benchmark> rows = Pairs();
  for (const Benchmark& row : Watched("closed", {1, 10, 100})) {
    if (row.name != rows[0].name) rows.push_back(row);
  }
  const std::string page = CostsHtml(rows);
  const std::size_t figures = AllMatches(page, "(<svg class=plot )").size();
  EXPECT_EQ(figures, 2U + 3U + 2U);
  EXPECT_EQ(AllMatches(page, "role=img aria-label=\"([^\"]+)\"><title>").size(), figures);
  std::string tables;
  for (std::size_t at = page.find("<details>"); at != std::string::npos;
       at = page.find("<details>", at + 1)) {
    tables += page.substr(at, page.find("</details>", at) - at);
  }
  for (const char* shown :
       {"2.00<", "0.50<", "5.00 us", "10.0 us", "20.0 us", "30.0 us", "1.00 ms"}) {
    EXPECT_TRUE(Has(tables, std::string("<td>") + shown)) << shown;
  }
}

TEST(CostsOnThePage, SayWhatSupervisorsDidWrongAndWhatPidproofTakes) {
  std::vector<Benchmark> rows = Pairs();
  Benchmark supervisor = Row("supervise/strategy:sigchld/workers:100/path:legacy_pid", 50'000);
  supervisor.cpu = 20'000;
  supervisor.stops = 4'000;
  supervisor.lost = 0;
  supervisor.doubled = 3;
  supervisor.misdirected = 17;
  rows.push_back(supervisor);
  rows.push_back(Row("own/of:probe/as:measured", 3'000'000));
  rows.push_back(Row("own/of:probe/as:floor", 1'000'000));
  const std::string page = CostsHtml(rows);
  EXPECT_TRUE(
      Has(page, "<th scope=row>sigchld<td>100<td>20,000<td>20.0 us<td>4,000<td>0<td>3<td>17"));
  EXPECT_TRUE(Has(page, "<th scope=row>probe<td>3.00 ms<td>1.00 ms<td>3.00"));
  for (const char* title : {"Supervising workers", "pidproof itself"}) {
    EXPECT_TRUE(Has(page, title));
    EXPECT_FALSE(Has(CostsHtml(Pairs()), title)) << "there is nothing to be said";
  }
}

TEST(CostsOnThePage, NameWhatWasNotMeasured) {
  std::vector<Benchmark> rows = Pairs();
  rows.push_back({.name = "verbs/call:x", .mechanism = "m", .unsupported = "needs Linux 9.9"});
  const std::string page = CostsHtml(rows);
  EXPECT_TRUE(Has(page, "Not measured: 1 row<"));
  EXPECT_TRUE(Has(page, "needs Linux 9.9"));
  EXPECT_FALSE(Has(CostsHtml(Pairs()), "Not measured"));
}

TEST(CostsOnThePage, NoNameIsMarkup) {
  const std::string page = Html(sample::HostileDocument());
  for (const char* markup : {"<img", "<script>alert", "onload=\"", "<b>/", "<i>", "\x1b"}) {
    EXPECT_FALSE(Has(page, markup)) << markup;
  }
  EXPECT_TRUE(Has(page, "&lt;img src=x onerror=alert(6)&gt;"));
  EXPECT_TRUE(Has(page, "&quot; onload=&quot;alert(8)"));
}

// Where a number has no place on an axis, nothing is drawn there.
TEST(CostsOnThePage, NoCoordinateIsOutOfTheWorld) {
  const double most = std::numeric_limits<double>::max();
  std::vector<Benchmark> rows = {Floor()};
  for (const int children : {1, 10, 1000}) {
    for (const double time : {0.0, 1e-300, most}) {
      Benchmark row = Watch("closed", children, fmt::format("s{}", time), 1000);
      row.samples = {time, time};
      row.p50 = time;
      row.p99 = time;
      row.cpu = time;
      row.histogram = {0, std::uint64_t{INT64_MAX}, std::uint64_t{INT64_MAX}, 0, 7};
      rows.push_back(row);
    }
  }
  rows.push_back(Row("verbs/call:a/path:pidfd", 0));
  rows.push_back(Row("verbs/call:a/path:legacy_pid", 0));
  rows.push_back(Row("verbs/call:b/path:pidfd", most));
  rows.push_back(Row("verbs/call:b/path:legacy_pid", 1e-300));
  rows[1].histogram = {5};
  const std::string page = CostsHtml(rows);
  EXPECT_TRUE(AllMatches(page, "((?:d=|x=|y=)[^>]*(?:nan|inf|e[+-]?[0-9])[^>]*)").empty());
  for (const std::string& x : AllMatches(page, "[MLH ](-?[0-9.]+)")) {
    EXPECT_LE(std::abs(std::stod(x)), 2000) << x;
  }
}

// As many rows as a whole run has, and more.
TEST(CostsOnThePage, AreNotLarge) {
  std::vector<Benchmark> rows = {Floor()};
  for (int i = 0; i < 50; ++i) {
    const std::string name = fmt::format("verbs/call:call_{}/state:zombie", i);
    rows.push_back(Row(name + "/path:pidfd", 100 + i));
    rows.push_back(Row(name + "/path:legacy_pid", 100));
  }
  const auto add = [&](const std::string& load, const std::vector<int>& sizes) {
    for (const int children : sizes) {
      for (int strategy = 0; strategy < 10; ++strategy) {
        Benchmark row = Watch(load, children, fmt::format("sigchld_waitid_nowait{}", strategy),
                              1e4 * (1 + strategy) * children);
        row.histogram.assign({50, 1});
        for (std::uint64_t i = 0; i < 40; ++i) {
          row.histogram.insert(row.histogram.end(), {1, i % 5 + 1});
        }
        rows.push_back(row);
      }
    }
  };
  add("closed/cpu:same", {1, 10, 100, 1000, 10'000});
  add("closed/cpu:across", {1, 10, 100, 1000, 10'000});
  for (const char* load : {"open", "mixed", "burst"}) add(load, {10, 1000});
  EXPECT_LT(CostsHtml(rows).size(), 160'000U);
}

}  // namespace
}  // namespace pidproof::reports::html::costs_test
