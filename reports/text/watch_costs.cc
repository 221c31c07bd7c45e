#include "reports/text/watch_costs.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <map>
#include <optional>

#include "reports/document/growth.h"
#include "reports/text/costs.h"
#include "reports/text/text_layout.h"

namespace pidproof::reports::text {

namespace {

std::uint64_t ChildrenOf(const Benchmark& row) {
  const std::string_view text = KeyOf(row, "children");
  std::uint64_t children = 0;
  std::from_chars(text.data(), text.data() + text.size(), children);
  return children;
}

// The rows of one load, by strategy and by how many children there are.
struct Grid {
  std::vector<std::string> strategies;  // in their order
  std::map<std::uint64_t, std::map<std::string, const Benchmark*>> by_children;
};

Grid GridOf(const std::vector<Benchmark>& rows, std::string_view load) {
  Grid grid;
  for (const Benchmark& row : rows) {
    if (TopicOf(row) != "watch" || KeyOf(row, "load") != load) continue;
    const std::string strategy(KeyOf(row, "strategy"));
    if (std::ranges::find(grid.strategies, strategy) == grid.strategies.end()) {
      grid.strategies.push_back(strategy);
    }
    grid.by_children[ChildrenOf(row)][strategy] = &row;
  }
  return grid;
}

struct Column {
  std::string title;
  std::optional<double> Benchmark::*value;
};

constexpr std::size_t kCell = 10;

std::string Block(const Grid& grid, const Column& column, std::size_t width,
                  const TerminalStyle& style) {
  std::string heading = fmt::format("  {}", Padded(column.title, width));
  for (const auto& [children, rows] : grid.by_children) {
    heading += fmt::format("{:>{}}", Thousands(children), kCell);
  }
  if (grid.by_children.size() > 2) heading += "  exponent";
  std::string text = style.Faint(heading) + "\n";
  for (const std::string& strategy : grid.strategies) {
    text += fmt::format("  {}", Padded(Printable(strategy), width));
    std::vector<std::pair<double, double>> points;
    for (const auto& [children, rows] : grid.by_children) {
      const auto row = rows.find(strategy);
      if (row == rows.end() || !(row->second->*column.value)) {
        text += fmt::format("{:>{}}", "-", kCell);
        continue;
      }
      const double value = *(row->second->*column.value);
      text += fmt::format("{:>{}}", Duration(value), kCell);
      points.emplace_back(static_cast<double>(children), value);
    }
    const std::optional<double> exponent = ExponentOf(points);
    if (exponent && grid.by_children.size() > 2) text += fmt::format("{:>10.1f}", *exponent);
    text += "\n";
  }
  return text;
}

}  // namespace

std::string WatchCosts(const std::vector<Benchmark>& rows, const TerminalStyle& style) {
  constexpr std::string_view kLoads[] = {"closed", "open", "mixed", "burst"};
  std::string text;
  for (const std::string_view load : kLoads) {
    const Grid grid = GridOf(rows, load);
    if (grid.strategies.empty()) continue;
    std::size_t width = 0;
    const std::vector<Column> columns = {
        {fmt::format("{}: end to status", load), &Benchmark::p50},
        {fmt::format("{}: 99 %", load), &Benchmark::p99},
        {fmt::format("{}: processor time", load), &Benchmark::cpu}};
    for (const Column& column : columns) width = std::max(width, Width(column.title));
    for (const std::string& strategy : grid.strategies) {
      width = std::max(width, Width(Printable(strategy)));
    }
    for (const Column& column : columns) text += Block(grid, column, width, style);
  }
  if (text.empty()) return "";
  return style.Faint("  watching children, by how many live") + "\n" + text;
}

}  // namespace pidproof::reports::text
