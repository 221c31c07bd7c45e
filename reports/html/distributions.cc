#include "reports/html/distributions.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <optional>
#include <set>

#include "reports/document/histogram.h"
#include "reports/html/axis.h"
#include "reports/html/curves.h"
#include "reports/html/markup.h"
#include "reports/text/costs.h"
#include "reports/text/text_layout.h"

namespace pidproof::reports::html {

namespace {

constexpr double kBoxWidth = 284;
constexpr double kBoxLeft = 38;
constexpr double kBoxRight = 266;
constexpr double kBoxTop = 22;
constexpr double kBoxBottom = 222;

// The share of events that took no longer, by their nanoseconds.
using Shares = std::vector<std::pair<double, double>>;

Shares SharesOf(const Benchmark& row) {
  std::map<std::uint64_t, double> counts;
  double all = 0;
  for (const Counted& each : Unpacked(row.histogram)) {
    counts[each.least] += static_cast<double>(each.count);
    all += static_cast<double>(each.count);
  }
  Shares shares;
  if (all <= 0) return shares;
  double so_far = 0;
  for (const auto& [least, count] : counts) {
    so_far += count;
    shares.emplace_back(static_cast<double>(least), so_far / all);
  }
  shares.back().second = 1;
  return shares;
}

// The first duration that so many events do not exceed.
double QuantileOf(const Shares& shares, double share) {
  const auto at =
      std::ranges::find_if(shares, [&](const auto& each) { return each.second >= share - 1e-12; });
  return at == shares.end() ? shares.back().first : at->first;
}

double HeightOf(double share) { return kBoxBottom - share * (kBoxBottom - kBoxTop); }

// Steps, as far from each other as the last ones.
std::string StepsPath(const Shares& shares, const LogAxis& axis) {
  double x = std::round(axis.At(shares.front().first) * 10) / 10;
  double y = kBoxBottom;
  std::string path = fmt::format("M{} {}", Pixels(x), Pixels(y));
  for (const auto& [time, share] : shares) {
    const double next_x = std::round(axis.At(time) * 10) / 10;
    const double next_y = std::round(HeightOf(share) * 10) / 10;
    if (next_x != x) path += "h" + Pixels(next_x - x);
    if (next_y != y) path += "v" + Pixels(next_y - y);
    x = next_x;
    y = next_y;
  }
  return fmt::format("<path class=line d=\"{}\"/>", path);
}

// One load with one number of children.
struct Distribution {
  std::string strategy;
  Shares shares;
};

std::vector<Distribution> DistributionsOf(const WatchGrid& grid, std::uint64_t children) {
  std::vector<Distribution> distributions;
  for (const std::string& strategy : grid.strategies) {
    const Benchmark* row = grid.Find(children, strategy);
    if (row == nullptr) continue;
    Shares shares = SharesOf(*row);
    if (!shares.empty()) distributions.push_back({strategy, std::move(shares)});
  }
  std::ranges::stable_sort(distributions, {}, [](const Distribution& each) {
    return std::pair(QuantileOf(each.shares, 0.5), QuantileOf(each.shares, 0.99));
  });
  return distributions;
}

std::string KeyRow(const Distribution& each, const Strokes& strokes) {
  return fmt::format("<tr class=\"{}\"><th scope=row>{}{}<td>{}<td>{}\n",
                     strokes.ClassOf(each.strategy), Strokes::Key(), Escaped(each.strategy),
                     text::Duration(QuantileOf(each.shares, 0.5)),
                     text::Duration(QuantileOf(each.shares, 0.99)));
}

std::string Box(const WatchGrid& grid, std::uint64_t children, const LogAxis& axis,
                const Strokes& strokes) {
  const std::vector<Distribution> distributions = DistributionsOf(grid, children);
  if (distributions.empty()) return "";
  const std::string title =
      fmt::format("{} child{}", text::Thousands(children), children == 1 ? "" : "ren");
  std::string content =
      SvgText({0, 12}, "strong", title) + TicksBelow(axis, kBoxTop, kBoxBottom, TimeOfTick);
  for (const auto& [share, word] : {std::pair(0.0, "0"), {0.5, "50 %"}, {0.99, "99 %"}}) {
    content += fmt::format("<path class=grid d=\"M{} {}H{}\"/>", Pixels(kBoxLeft),
                           Pixels(HeightOf(share)), Pixels(kBoxRight)) +
               SvgText({kBoxLeft - 6, HeightOf(share) + 4}, "end", word);
  }
  std::string keys;
  for (const Distribution& each : distributions) {
    std::vector<Point> marks;
    for (const double share : {0.5, 0.99}) {
      marks.emplace_back(axis.At(QuantileOf(each.shares, share)), HeightOf(share));
    }
    content += fmt::format("\n<g class=\"{}\">{}{}</g>", strokes.ClassOf(each.strategy),
                           StepsPath(each.shares, axis), SvgMarks(marks));
    keys += KeyRow(each, strokes);
  }
  return fmt::format(
      "<div class=box>{}\n<table class=\"numbers keys\"><thead><tr><th scope=col>strategy"
      "<th scope=col>50 %<th scope=col>99 %</thead>\n<tbody>{}</tbody></table></div>\n",
      Svg(kBoxWidth, kBoxBottom + 24,
          fmt::format("{}, with {}: the share of ends whose status was known within a time, a line "
                      "for each strategy",
                      LoadTitle(grid), title),
          content),
      keys);
}

// About 10 and about 1,000 children: as near as there are.
std::set<std::uint64_t> ChosenSizes(const WatchGrid& grid) {
  std::set<std::uint64_t> chosen;
  for (const double wanted : {10.0, 1000.0}) {
    const auto nearest = std::ranges::min_element(grid.by_children, {}, [&](const auto& column) {
      return std::abs(std::log(static_cast<double>(column.first) / wanted));
    });
    if (nearest != grid.by_children.end()) chosen.insert(nearest->first);
  }
  return chosen;
}

std::string FiguresTable(const WatchGrid& grid) {
  std::vector<std::vector<std::string>> rows;
  const auto cell = [](const std::optional<double>& value) {
    return value ? text::Duration(*value) : std::string("-");
  };
  const auto number = [](const std::optional<double>& value) {
    return value ? text::Figures(*value) : std::string("-");
  };
  for (const auto& [children, column] : grid.by_children) {
    for (const std::string& strategy : grid.strategies) {
      const Benchmark* row = grid.Find(children, strategy);
      if (row == nullptr) continue;
      rows.push_back({strategy, text::Thousands(children), cell(row->p50), cell(row->p90),
                      cell(row->p99), cell(row->max), cell(row->cpu), number(row->calls),
                      number(row->memory), number(row->descriptors)});
    }
  }
  return OpensBelow("Table: medians over the repetitions, and what each strategy needs",
                    NumbersTable({"", "children", "50 %", "90 %", "99 %", "worst", "processor time",
                                  "calls", "bytes a child", "descriptors a child"},
                                 rows));
}

}  // namespace

std::string DistributionsHtml(const std::vector<WatchGrid>& grids, const Strokes& strokes) {
  std::vector<double> times;
  for (const WatchGrid& grid : grids) {
    for (const std::uint64_t children : ChosenSizes(grid)) {
      for (const Distribution& each : DistributionsOf(grid, children)) {
        times.push_back(each.shares.front().first);
        times.push_back(each.shares.back().first);
      }
    }
  }
  const LogAxis axis(times, kBoxLeft, kBoxRight);
  std::string html;
  for (const WatchGrid& grid : grids) {
    if (html.empty()) html = Strokes::Definition();
    std::string boxes;
    for (const std::uint64_t children : ChosenSizes(grid)) {
      boxes += Box(grid, children, axis, strokes);
    }
    html += fmt::format("<h4>{}</h4>\n<div class=panels>{}</div>\n{}", Escaped(LoadTitle(grid)),
                        boxes, FiguresTable(grid));
  }
  return html;
}

}  // namespace pidproof::reports::html
