#include "reports/text/own_costs.h"

#include <fmt/format.h>

#include <algorithm>

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

std::string OwnCosts(const std::vector<Benchmark>& rows, const TerminalStyle& style) {
  const std::vector<OwnCost> costs = OwnCostsOf(rows);
  if (costs.empty()) return "";
  constexpr std::string_view kHeading = "pidproof itself";
  std::size_t width = Width(kHeading);
  for (const OwnCost& cost : costs) width = std::max(width, Width(Title(*cost.measured)));
  std::string text =
      style.Faint(fmt::format("  {}  {:>8}  {:>8}  {:>5}  {}", Padded(std::string(kHeading), width),
                              "takes", "floor", "ratio", "99 % interval")) +
      "\n";
  for (const OwnCost& cost : costs) {
    text +=
        fmt::format("  {}  {:>8}  {:>8}  {:>5}  {} to {}\n", Padded(Title(*cost.measured), width),
                    Duration(*cost.measured->median), Duration(*cost.floor->median),
                    Figures(cost.ratio.value), Figures(cost.ratio.low), Figures(cost.ratio.high));
  }
  return text;
}

}  // namespace pidproof::reports::text
