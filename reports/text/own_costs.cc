#include "reports/text/own_costs.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>

#include "reports/document/cost.h"
#include "reports/text/costs.h"
#include "reports/text/text_layout.h"

namespace pidproof::reports::text {

namespace {

// "render, html": what stands behind each colon of its keys.
std::string Title(const Benchmark& row) {
  std::string title;
  const std::string name = Without(row.name, "as");
  for (std::size_t key = name.find('/'); key != std::string::npos; key = name.find('/', key + 1)) {
    const std::string pair = name.substr(key + 1, name.find('/', key + 1) - key - 1);
    if (!title.empty()) title += ", ";
    title += pair.substr(pair.find(':') + 1);
  }
  return Printable(title);
}

}  // namespace

std::vector<std::vector<std::string>> OwnCells(const std::vector<Benchmark>& rows) {
  std::vector<std::vector<std::string>> cells;
  for (const OwnCost& cost : OwnCostsOf(rows)) {
    cells.push_back({Title(*cost.measured), Duration(*cost.measured->median),
                     Duration(*cost.floor->median), Figures(cost.ratio.value),
                     fmt::format("{} to {}", Figures(cost.ratio.low), Figures(cost.ratio.high))});
  }
  return cells;
}

std::string OwnCosts(const std::vector<Benchmark>& rows, const TerminalStyle& style) {
  const std::vector<std::vector<std::string>> all = OwnCells(rows);
  if (all.empty()) return "";
  const std::vector<std::string> heads(std::begin(kOwnHeads), std::end(kOwnHeads));
  std::size_t width = Width(heads.front());
  for (const std::vector<std::string>& cells : all) width = std::max(width, Width(cells.front()));
  const auto line = [&](const std::vector<std::string>& cells) {
    return fmt::format("  {}  {:>8}  {:>8}  {:>5}  {}", Padded(cells[0], width), cells[1], cells[2],
                       cells[3], cells[4]);
  };
  std::string text = style.Faint(line(heads)) + "\n";
  for (const std::vector<std::string>& cells : all) text += line(cells) + "\n";
  return text;
}

}  // namespace pidproof::reports::text
