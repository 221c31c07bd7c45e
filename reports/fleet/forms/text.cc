// For a terminal: a table, and below each row the hosts that it is of.
#include <fmt/format.h>

#include <algorithm>
#include <numeric>

#include "reports/fleet/answer.h"
#include "reports/fleet/nodeset.h"
#include "reports/text/terminal_style.h"
#include "reports/text/text_layout.h"

namespace pidproof::reports::fleet::forms::text_form {

namespace {

constexpr std::size_t kColumns = text::TerminalStyle::kColumns;
constexpr std::size_t kGap = 2;
constexpr std::size_t kHostsWidth = 9;

using Widths = std::vector<std::size_t>;

// Of a column: "a...".
constexpr std::size_t kLeast = 4;

bool FitsBeside(std::size_t columns) {
  return kHostsWidth + kGap + columns * (kGap + kLeast) <= kColumns;
}

// What the widest cell of each column needs, less where the line is too long.
Widths WidthsOf(const Answer& answer) {
  Widths widths;
  for (std::size_t column = 0; column < answer.columns.size(); ++column) {
    std::size_t width = text::Width(answer.columns[column]);
    for (const AnswerRow& row : answer.rows) {
      width = std::max(width, text::Width(text::Printable(row.cells[column])));
    }
    widths.push_back(width);
  }
  const std::size_t room = kColumns - kHostsWidth - kGap * (widths.size() + 1);
  while (std::accumulate(widths.begin(), widths.end(), std::size_t{0}) > room) {
    const auto widest = std::ranges::max_element(widths);
    if (*widest <= kLeast) break;
    --*widest;
  }
  return widths;
}

std::string Line(const std::vector<std::string>& cells, const Widths& widths,
                 const std::string& hosts) {
  std::string line;
  for (std::size_t i = 0; i < cells.size(); ++i) {
    const std::string cell = text::Clipped(text::Printable(cells[i]), widths[i]);
    line += "  " + text::Padded(cell, widths[i]);
  }
  line += fmt::format("{:>{}}", hosts, kHostsWidth);
  line.erase(line.find_last_not_of(' ') + 1);
  return line + "\n";
}

std::string HostsLine(const std::vector<std::string>& hosts) {
  if (hosts.empty()) return "";
  const Folded folded = FoldHosts(hosts);
  constexpr std::size_t kIndent = 6;
  std::string names = folded.nodeset;
  if (folded.left_out > 0) {
    names += fmt::format("{}{} with other names", names.empty() ? "" : " and ", folded.left_out);
  }
  constexpr std::size_t kWidth = kColumns - kIndent;
  if (names.size() > kWidth) names = names.substr(0, kWidth - 3) + "...";
  return std::string(kIndent, ' ') + names + "\n";
}

std::string TableOf(const Answer& answer) {
  const Widths widths = WidthsOf(answer);
  const bool names_hosts =
      std::ranges::any_of(answer.rows, [](const AnswerRow& row) { return !row.hosts.empty(); });
  std::string table = Line(answer.columns, widths, names_hosts ? "hosts" : "");
  for (const AnswerRow& row : answer.rows) {
    table += Line(row.cells, widths, names_hosts ? text::Thousands(row.hosts.size()) : "");
    table += HostsLine(row.hosts);
  }
  return table;
}

// A line for each cell: so many columns do not fit beside each other.
std::string RecordsOf(const Answer& answer) {
  std::size_t widest = 0;
  for (const std::string& column : answer.columns) widest = std::max(widest, text::Width(column));
  widest = std::min(widest, kColumns / 2);
  std::string records;
  for (const AnswerRow& row : answer.rows) {
    if (&row != &answer.rows.front()) records += "\n";
    for (std::size_t i = 0; i < row.cells.size(); ++i) {
      const std::string name = text::Clipped(text::Printable(answer.columns[i]), widest);
      records +=
          fmt::format("  {}  {}\n", text::Padded(name, widest),
                      text::Clipped(text::Printable(row.cells[i]), kColumns - widest - 2 * kGap));
    }
    records += HostsLine(row.hosts);
  }
  return records;
}

std::string Text(const Answer& answer) {
  std::string out =
      fmt::format("{} ({} hosts)\n", text::Printable(answer.title), text::Thousands(answer.of));
  if (answer.rows.empty()) {
    out += "  none\n";
  } else {
    out += FitsBeside(answer.columns.size()) ? TableOf(answer) : RecordsOf(answer);
  }
  for (const std::string& note : answer.notes) {
    for (const std::string& line : text::Wrapped(text::Printable(note), kColumns - kGap)) {
      out += "  " + line + "\n";
    }
  }
  return out;
}

const Registered<AnswerForm> kText{{
    .name = "text",
    .summary = "for a terminal",
    .render = Text,
}};

}  // namespace

}  // namespace pidproof::reports::fleet::forms::text_form
