#include "reports/html/curves.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "reports/document/growth.h"
#include "reports/html/axis.h"
#include "reports/html/markup.h"
#include "reports/text/costs.h"
#include "reports/text/text_layout.h"

namespace pidproof::reports::html {

namespace {

constexpr std::size_t kFewestSizes = 3;  // of a curve
constexpr double kPanelWidth = 366;
constexpr double kLeft = 46;
constexpr double kRight = 192;
constexpr double kTop = 24;
constexpr double kLeastHeight = 240;
constexpr double kLabelLine = 14;
constexpr std::size_t kLongestLabel = 24;
constexpr double kLabelAt = 206;

struct Measure {
  std::string_view title;
  std::optional<double> Benchmark::*value;
};
constexpr Measure kMeasures[] = {{"End to status, median", &Benchmark::p50},
                                 {"End to status, 99 %", &Benchmark::p99},
                                 {"Processor time for a death", &Benchmark::cpu}};

std::vector<Measure> MeasuredIn(const WatchGrid& grid) {
  std::vector<Measure> measured;
  for (const Measure& measure : kMeasures) {
    const bool any = std::ranges::any_of(grid.by_children, [&](const auto& column) {
      return std::ranges::any_of(
          column.second, [&](const auto& row) { return (row.second->*measure.value).has_value(); });
    });
    if (any) measured.push_back(measure);
  }
  return measured;
}

// Numbers of children and what they cost.
using Curve = std::vector<std::pair<double, double>>;

Curve CurveOf(const WatchGrid& grid, const std::string& strategy, const Measure& measure) {
  Curve curve;
  for (const auto& [children, rows] : grid.by_children) {
    const Benchmark* row = grid.Find(children, strategy);
    if (row == nullptr || !IsOnLogAxis((row->*measure.value).value_or(0))) continue;
    curve.emplace_back(static_cast<double>(children), *(row->*measure.value));
  }
  return curve;
}

std::string ExponentText(const Curve& curve) {
  const std::optional<double> exponent = ExponentOf(curve);
  return exponent ? fmt::format("{:.1f}", *exponent) : "";
}

// A strategy in a panel, with its name behind the end of its line.
struct Line {
  std::string strategy;
  std::vector<Point> points;
  std::string exponent;
  double label = 0;  // its height
};

// Moves the labels apart, each as near to the end of its line as those above allow.
void SpreadLabels(std::vector<Line>& lines, double top, double bottom) {
  std::ranges::stable_sort(lines, {}, [](const Line& line) { return line.points.back().second; });
  double free = top;
  for (Line& line : lines) {
    line.label = std::max(free, line.points.back().second);
    free = line.label + kLabelLine;
  }
  double last = bottom;
  for (auto line = lines.rbegin(); line != lines.rend(); ++line) {
    line->label = std::min(line->label, last);
    last = line->label - kLabelLine;
  }
}

// Both axes of all panels.
struct Axes {
  LogAxis children;
  LogAxis time;
  double bottom;
};

Axes AxesOf(const std::vector<const WatchGrid*>& grids) {
  std::vector<double> sizes;
  std::vector<double> times;
  std::size_t strategies = 0;
  for (const WatchGrid* grid : grids) {
    strategies = std::max(strategies, grid->strategies.size());
    for (const Measure& measure : kMeasures) {
      for (const std::string& strategy : grid->strategies) {
        for (const auto& [children, cost] : CurveOf(*grid, strategy, measure)) {
          sizes.push_back(children);
          times.push_back(cost);
        }
      }
    }
  }
  const double bottom = kTop + std::max(kLeastHeight, kLabelLine * static_cast<double>(strategies));
  return {LogAxis(sizes, kLeft + 6, kRight), LogAxis(times, bottom, kTop), bottom};
}

std::string LineSvg(const Line& line, const Strokes& strokes) {
  const auto& [x, y] = line.points.back();
  const double name = line.label + 4;
  return fmt::format(
      "<g class=\"{}\">{}{}<path class=lead d=\"M{} {}H{}L{} {:.0f}\"/>{}{}</g>\n",
      strokes.ClassOf(line.strategy), SvgLine(line.points), SvgMarks(line.points),
      Pixels(std::min(x + 5, kRight + 4)), Pixels(y), Pixels(kRight + 4), Pixels(kLabelAt - 3),
      line.label, SvgText({kLabelAt, name}, "own", text::Clipped(line.strategy, kLongestLabel)),
      line.exponent.empty() ? "" : SvgText({kPanelWidth - 2, name}, "own end", line.exponent));
}

std::string Panel(const WatchGrid& grid, const Measure& measure, const Axes& axes,
                  const Strokes& strokes) {
  std::vector<Line> lines;
  for (const std::string& strategy : grid.strategies) {
    const Curve curve = CurveOf(grid, strategy, measure);
    if (curve.empty()) continue;
    Line& line = lines.emplace_back(Line{.strategy = strategy, .points = {}, .exponent = {}});
    line.exponent = ExponentText(curve);
    for (const auto& [children, cost] : curve) {
      line.points.emplace_back(axes.children.At(children), axes.time.At(cost));
    }
  }
  SpreadLabels(lines, kTop, axes.bottom);
  std::string content = SvgText({0, 12}, "strong", measure.title) +
                        TicksBeside(axes.time, kLeft, kRight, TimeOfTick) +
                        TicksBelow(axes.children, kTop, axes.bottom, NumberOfTick) +
                        SvgText({kLabelAt + 4, axes.bottom + 15}, "", "children") + "\n";
  for (const Line& line : lines) content += LineSvg(line, strokes);
  return Svg(kPanelWidth, axes.bottom + 24,
             fmt::format("{}: {}, by the number of children, a line for each strategy",
                         LoadTitle(grid), measure.title),
             content);
}

std::string TablesOf(const WatchGrid& grid, const std::vector<Measure>& measures) {
  std::string html;
  for (const Measure& measure : measures) {
    std::vector<std::string> heads = {std::string(measure.title)};
    for (const auto& [children, rows] : grid.by_children)
      heads.push_back(text::Thousands(children));
    heads.emplace_back("exponent");
    std::vector<std::vector<std::string>> rows;
    for (const std::string& strategy : grid.strategies) {
      std::vector<std::string> row = {strategy};
      for (const auto& [children, column] : grid.by_children) {
        const Benchmark* cell = grid.Find(children, strategy);
        const bool is_there = cell != nullptr && (cell->*measure.value).has_value();
        row.push_back(is_there ? text::Duration(*(cell->*measure.value)) : "-");
      }
      row.push_back(ExponentText(CurveOf(grid, strategy, measure)));
      rows.push_back(std::move(row));
    }
    html += NumbersTable(heads, rows);
  }
  return OpensBelow("Tables", html);
}

}  // namespace

std::string LoadTitle(const WatchGrid& grid) {
  constexpr std::pair<std::string_view, std::string_view> kLoads[] = {
      {"closed", "One child dies at a time"},
      {"open", "A child dies each millisecond, whatever the supervisor does"},
      {"mixed", "Short-lived children come and go beside those that live"},
      {"burst", "All children die at once"}};
  constexpr std::pair<std::string_view, std::string_view> kPlaces[] = {
      {"same", "on the supervisor's processor"}, {"across", "on another processor"}};
  const auto said = [](const auto& list, const std::string& word) {
    const auto entry = std::ranges::find(list, word, [](const auto& each) { return each.first; });
    return entry == std::end(list) ? word : std::string(entry->second);
  };
  const std::string load = said(kLoads, grid.load);
  return grid.cpu.empty() ? load : fmt::format("{}, {}", load, said(kPlaces, grid.cpu));
}

std::string CurvesHtml(const std::vector<WatchGrid>& grids, const Strokes& strokes) {
  std::vector<const WatchGrid*> drawn;
  for (const WatchGrid& grid : grids) {
    if (grid.by_children.size() >= kFewestSizes) drawn.push_back(&grid);
  }
  const Axes axes = AxesOf(drawn);
  std::string html;
  for (const WatchGrid* grid : drawn) {
    const std::vector<Measure> measures = MeasuredIn(*grid);
    if (measures.empty()) continue;
    std::string panels;
    for (const Measure& measure : measures) panels += Panel(*grid, measure, axes, strokes);
    html += fmt::format("<h4>{}</h4>\n<div class=panels>{}</div>\n{}", Escaped(LoadTitle(*grid)),
                        panels, TablesOf(*grid, measures));
  }
  return html;
}

}  // namespace pidproof::reports::html
