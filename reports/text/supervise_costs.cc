#include "reports/text/supervise_costs.h"

#include <fmt/format.h>

#include <cmath>
#include <iterator>
#include <optional>

#include "reports/text/costs.h"
#include "reports/text/text_layout.h"

namespace pidproof::reports::text {

namespace {

std::string CountOf(const std::optional<double>& count) {
  return count ? Thousands(static_cast<std::uint64_t>(*count)) : "-";
}

std::string RestartsASecond(const Benchmark& row) {
  constexpr double kSecond = 1e9;
  if (!row.median || *row.median <= 0) return "-";
  return Thousands(static_cast<std::uint64_t>(std::llround(kSecond / *row.median)));
}

}  // namespace

std::vector<std::vector<std::string>> SuperviseCells(const std::vector<Benchmark>& rows) {
  std::vector<std::vector<std::string>> cells;
  for (const Benchmark& row : rows) {
    if (TopicOf(row) != "supervise" || !row.unsupported.empty()) continue;
    cells.push_back({Printable(std::string(KeyOf(row, "strategy"))),
                     Printable(std::string(KeyOf(row, "workers"))), RestartsASecond(row),
                     row.cpu ? Duration(*row.cpu) : "-", CountOf(row.stops), CountOf(row.lost),
                     CountOf(row.doubled), CountOf(row.misdirected)});
  }
  return cells;
}

std::string SuperviseCosts(const std::vector<Benchmark>& rows, const TerminalStyle& style) {
  const auto line = [](const std::vector<std::string>& cells) {
    return fmt::format("  {}{:>8}{:>14}{:>12}{:>8}{:>7}{:>8}  ", Padded(cells[0], 22), cells[1],
                       cells[2], cells[3], cells[4], cells[5], cells[6]);
  };
  std::string text;
  for (const std::vector<std::string>& cells : SuperviseCells(rows)) {
    const bool harms = cells.back() != "0" && cells.back() != "-";
    text += line(cells) + style.Toned(cells.back(), harms ? Tone::kCaution : Tone::kQuiet) + "\n";
  }
  if (text.empty()) return "";
  std::vector<std::string> heads(std::begin(kSuperviseHeads), std::end(kSuperviseHeads));
  heads.front().clear();  // the sentence above says it
  return style.Faint("  supervising workers that crash, while a thread stops others") + "\n" +
         style.Faint(line(heads) + heads.back()) + "\n" + text;
}

}  // namespace pidproof::reports::text
