#include "reports/text/watch_costs.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "reports/document/cost.h"
#include "reports/document/growth.h"
#include "reports/document/watch_grid.h"
#include "reports/text/costs.h"
#include "reports/text/text_layout.h"

namespace pidproof::reports::text {

namespace {

std::size_t WidthOf(const WatchGrid& grid) {
  std::size_t width = 0;
  for (const std::string& name : grid.strategies) width = std::max(width, Width(Printable(name)));
  return width;
}

std::string Heading(const WatchGrid& grid, std::string_view title, std::size_t width,
                    std::size_t cell) {
  std::string heading = fmt::format("  {}", Padded("children that live", width));
  for (const auto& [children, rows] : grid.by_children) {
    heading += fmt::format("{:>{}}", Thousands(children), cell);
  }
  return fmt::format("  {}\n{}", title, heading);
}

// What costs least with one child: the wait for it alone.
std::string FloorOf(const WatchGrid& grid, std::optional<double> Benchmark::*value) {
  const Benchmark* const floor = grid.Find(1, "blocked_waitpid_any");
  if (floor == nullptr || !(floor->*value)) return "";
  return fmt::format("; floor {}", Duration(*(floor->*value)));
}

struct Figure {
  std::string_view load;
  std::string_view cpu;
  std::string_view title;
  std::optional<double> Benchmark::*value;
};
constexpr Figure kFigures[] = {
    {"closed", "across", "one dies at a time, on another processor: end to status, median",
     &Benchmark::median},
    {"closed", "across", "the same: end to status, 99 %", &Benchmark::p99},
    {"closed", "across", "the same: processor time for a death", &Benchmark::cpu},
    {"closed", "same", "on the same processor: end to status, median", &Benchmark::median},
    {"closed", "same", "the same: processor time for a death", &Benchmark::cpu},
    {"open", "", "one dies each millisecond, whether watched or not: due to status, 99 %",
     &Benchmark::p99},
    {"mixed", "", "short-lived ones beside the others: end to status, median", &Benchmark::median},
    {"mixed", "", "the same: processor time for a death", &Benchmark::cpu},
    {"burst", "", "all die at once: due to the last status", &Benchmark::median},
};

std::string Block(const WatchGrid& grid, const Figure& figure, const TerminalStyle& style) {
  constexpr std::size_t kCell = 10;
  const std::size_t width = std::max<std::size_t>(WidthOf(grid), 22);
  const std::string title = fmt::format("{}{}", figure.title, FloorOf(grid, figure.value));
  // Of a burst there are more deaths, not only more children.
  const bool grows = grid.by_children.size() > 2 && figure.load != "burst";
  std::string text =
      style.Faint(Heading(grid, title, width, kCell) + (grows ? "  exponent" : "")) + "\n";
  bool any = false;
  for (const std::string& strategy : grid.strategies) {
    text += fmt::format("  {}", Padded(Printable(strategy), width));
    std::vector<std::pair<double, double>> points;
    for (const auto& [children, rows] : grid.by_children) {
      const Benchmark* const row = grid.Find(children, strategy);
      const bool known = row != nullptr && row->*figure.value;
      text += fmt::format("{:>{}}", known ? Duration(*(row->*figure.value)) : "-", kCell);
      any = any || known;
      if (known) points.emplace_back(static_cast<double>(children), *(row->*figure.value));
    }
    const std::optional<double> exponent = grows ? ExponentOf(points) : std::nullopt;
    if (exponent) text += fmt::format("{:>10.1f}", *exponent);
    text += "\n";
  }
  return any ? text : "";
}

std::string RatioCell(const Benchmark* one, const Benchmark* other) {
  const std::optional<Estimate> ratio =
      one == nullptr || other == nullptr ? std::nullopt : CpuRatioOf(*one, *other);
  if (!ratio) return "-";
  return fmt::format("{} {}-{}", Figures(ratio->value), Figures(ratio->low), Figures(ratio->high));
}

// What the processor time of epoll and pidfds is of that of each other strategy.
std::string Ratios(const WatchGrid& grid, const TerminalStyle& style) {
  constexpr std::size_t kCell = 15;
  constexpr const char* kOne = "epoll_pidfd";
  const std::size_t width = std::max<std::size_t>(WidthOf(grid), 22);
  std::string text;
  for (const std::string& strategy : grid.strategies) {
    std::string line = fmt::format("  {}", Padded(Printable(strategy), width));
    bool any = false;
    for (const auto& [children, rows] : grid.by_children) {
      const std::string cell = RatioCell(grid.Find(children, kOne), grid.Find(children, strategy));
      any = any || cell != "-";
      line += fmt::format("{:>{}}", cell, kCell);
    }
    if (any && strategy != kOne) text += line + "\n";
  }
  if (text.empty()) return "";
  constexpr std::string_view kTitle =
      "processor time for a death by epoll_pidfd, as a ratio to each other (99 % interval)";
  return style.Faint(Heading(grid, kTitle, width, kCell)) + "\n" + text;
}

// What each strategy does, and who uses it: the first of its rows says so.
std::string Strategies(const std::vector<Benchmark>& rows) {
  std::string text;
  for (const Benchmark& row : rows) {
    if (TopicOf(row) != "watch" || row.mechanism.empty()) continue;
    const std::string name = Printable(std::string(KeyOf(row, "strategy")));
    text += fmt::format("  {}{}\n", Padded(name, 24),
                        Clipped(Printable(row.mechanism), TerminalStyle::kColumns - 26));
  }
  return text;
}

}  // namespace

std::string WatchCosts(const std::vector<Benchmark>& rows, const TerminalStyle& style) {
  const std::vector<WatchGrid> grids = WatchGridsOf(rows);
  std::string text;
  for (const WatchGrid& grid : grids) {
    if (grid.load == "closed" && grid.cpu == "across") text += Ratios(grid, style);
  }
  for (const Figure& figure : kFigures) {
    for (const WatchGrid& grid : grids) {
      if (grid.load == figure.load && grid.cpu == figure.cpu) text += Block(grid, figure, style);
    }
  }
  if (text.empty()) return "";
  constexpr std::string_view kTitle =
      "  watching children; floor: one child, by a program that is blocked in a wait for it";
  return style.Faint(kTitle) + "\n" + Strategies(rows) + text;
}

}  // namespace pidproof::reports::text
