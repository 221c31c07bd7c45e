#include "reports/html/costs.h"

#include <fmt/format.h>

#include <iterator>
#include <map>
#include <optional>

#include "reports/document/cost.h"
#include "reports/html/curves.h"
#include "reports/html/distributions.h"
#include "reports/html/figure.h"
#include "reports/html/forest.h"
#include "reports/text/costs.h"
#include "reports/text/own_costs.h"
#include "reports/text/supervise_costs.h"

namespace pidproof::reports::html {

namespace {

std::string FloorText(const std::vector<Benchmark>& rows) {
  const Benchmark* floor = FloorOf(rows);
  if (floor == nullptr) return "";
  return fmt::format(" <span class=soft>floor: getppid(2) {}</span>",
                     text::Duration(*floor->median));
}

std::string NoiseBanner(const std::string& reason) {
  if (reason.empty()) return "";
  return fmt::format(
      "<p class=\"meaning caution\">Noisy machine: {}, so nothing is called faster or "
      "slower.</p>\n",
      reason);
}

// Those with the same reason together.
std::string UnsupportedHtml(const std::vector<Benchmark>& rows) {
  std::map<std::string, std::vector<std::string>> names;
  for (const Benchmark& row : rows) {
    if (!row.unsupported.empty()) names[row.unsupported].push_back(row.name);
  }
  if (names.empty()) return "";
  std::vector<std::vector<std::string>> cells;
  std::size_t count = 0;
  for (const auto& [reason, list] : names) {
    cells.push_back({reason, fmt::format("{}", fmt::join(list, ", "))});
    count += list.size();
  }
  return OpensBelow(fmt::format("Not measured: {} row{}", count, count == 1 ? "" : "s"),
                    NumbersTable({"reason", "rows"}, cells, 1));
}

std::string StrategiesHtml(const std::vector<WatchGrid>& grids) {
  std::map<std::string, std::string> mechanisms;
  for (const WatchGrid& grid : grids) {
    for (const auto& [children, column] : grid.by_children) {
      for (const auto& [strategy, row] : column) mechanisms.try_emplace(strategy, row->mechanism);
    }
  }
  std::vector<std::vector<std::string>> rows;
  for (const auto& [strategy, mechanism] : mechanisms) rows.push_back({strategy, mechanism});
  return rows.empty() ? ""
                      : OpensBelow("Strategies: what each does, and who uses it",
                                   NumbersTable({"strategy", "mechanism"}, rows, 1));
}

std::string WithTitle(std::string_view title, std::string_view remark, const std::string& html) {
  if (html.empty()) return "";
  return fmt::format("<h3>{}</h3>\n<p class=soft>{}</p>\n{}", title, remark, html);
}

std::string TableOf(const auto& heads, const std::vector<std::vector<std::string>>& cells) {
  if (cells.empty()) return "";
  return NumbersTable({std::begin(heads), std::end(heads)}, cells);
}

}  // namespace

std::string CostsHtml(const std::vector<Benchmark>& rows) {
  if (rows.empty()) return "";
  const std::optional<double> noise = NoiseOf(rows);
  const std::vector<WatchGrid> grids = WatchGridsOf(rows);
  const Strokes strokes(grids);
  return fmt::format(
      "<section id=costs>\n<h2>Costs{}</h2>\n"
      "<p class=soft>The time by pidfd as a ratio to that by PID, with its 99 % interval. Ratios "
      "hold for other machines, durations for this one.</p>\n{}{}{}{}{}{}{}"
      "</section>\n",
      FloorText(rows), NoiseBanner(NoiseReason(noise)), ForestHtml(rows, noise),
      WithTitle("Watching children, by how many live",
                "A line for each strategy: solid lines and round marks are by pidfd, dashed lines "
                "and square marks by PID. The number behind a name is the exponent with which its "
                "cost grows from 100 children on: 0 is flat, 1 in proportion.",
                StrategiesHtml(grids) + CurvesHtml(grids, strokes)),
      WithTitle("Distribution of the time from the end of a child to its status",
                "The share of all ends whose status was known within a time; the marks are at half "
                "of them and at 99 %.",
                DistributionsHtml(grids, strokes)),
      WithTitle("Supervising workers that crash, while a thread stops others",
                "Over all repetitions: misdirected stops hit another worker, lost ends were not "
                "seen, double ones were seen twice.",
                TableOf(text::kSuperviseHeads, text::SuperviseCells(rows))),
      WithTitle("pidproof itself",
                "What its own parts take beside the least that the same could take.",
                TableOf(text::kOwnHeads, text::OwnCells(rows))),
      UnsupportedHtml(rows));
}

}  // namespace pidproof::reports::html
