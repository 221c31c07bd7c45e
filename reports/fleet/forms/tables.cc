// Tables for people and for spreadsheets: Markdown, CSV and a page.
#include <fmt/format.h>

#include "reports/fleet/answer.h"
#include "reports/fleet/nodeset.h"
#include "reports/html/grid.h"
#include "reports/html/html_page.h"
#include "reports/html/markup.h"
#include "reports/text/csv.h"
#include "reports/text/text_layout.h"

namespace pidproof::reports::fleet::forms::tables {

namespace {

std::string NamesOf(const AnswerRow& row) {
  const Folded folded = FoldHosts(row.hosts);
  if (folded.left_out == 0) return folded.nodeset;
  return fmt::format("{} and {} with other names", folded.nodeset, folded.left_out);
}

std::string Markdown(const Answer& answer) {
  html::Grid grid{answer.columns, {"hosts", "names"}, {}};
  for (const AnswerRow& row : answer.rows) {
    grid.rows.push_back({row.cells, {text::Thousands(row.hosts.size()), NamesOf(row)}});
  }
  std::string text = fmt::format("### {} ({} hosts)\n\n{}", text::Printable(answer.title),
                                 text::Thousands(answer.of), grid.Markdown());
  for (const std::string& note : answer.notes) text += "\n" + text::Printable(note) + "\n";
  return text;
}

std::string Csv(const Answer& answer) {
  std::string text;
  for (const std::string& column : answer.columns) text += text::CsvCell(column) + ",";
  text += "\"hosts\",\"nodeset\",\"matches\"\n";
  for (const AnswerRow& row : answer.rows) {
    for (const std::string& cell : row.cells) text += text::CsvCell(cell) + ",";
    text += fmt::format("{},{},{}\n", row.hosts.size(), text::CsvCell(NamesOf(row)),
                        row.matches ? 1 : 0);
  }
  return text;
}

std::string HtmlRow(std::string_view tag, const std::vector<std::string>& cells) {
  std::string row = "<tr>";
  for (const std::string& cell : cells) {
    row += fmt::format("<{0}>{1}</{0}>", tag, html::Escaped(cell));
  }
  return row + "</tr>\n";
}

std::string Html(const Answer& answer) {
  std::vector<std::string> heads = answer.columns;
  heads.insert(heads.end(), {"hosts", "names"});
  std::string rows;
  for (const AnswerRow& row : answer.rows) {
    std::vector<std::string> cells = row.cells;
    cells.insert(cells.end(), {text::Thousands(row.hosts.size()), NamesOf(row)});
    rows += HtmlRow("td", cells);
  }
  std::string notes;
  for (const std::string& note : answer.notes) {
    notes += fmt::format("<p class=soft>{}</p>\n", html::Escaped(note));
  }
  return fmt::format(
      "{}<body>\n<header><strong>pidproof</strong></header>\n<main>\n<section>\n"
      "<h2>{} <span class=soft>{} hosts</span></h2>\n"
      "<table class=sheet>\n<thead>\n{}</thead>\n<tbody>\n{}</tbody></table>\n{}</section>\n"
      "</main>\n</body>\n</html>\n",
      html::PageHead("pidproof: " + answer.title), html::Escaped(answer.title),
      text::Thousands(answer.of), HtmlRow("th scope=col", heads), rows, notes);
}

const Registered<AnswerForm> kMarkdown{{
    .name = "markdown",
    .summary = "a table of GitHub's Markdown",
    .render = Markdown,
}};

const Registered<AnswerForm> kCsv{{
    .name = "csv",
    .summary = "a table for a spreadsheet",
    .render = Csv,
}};

const Registered<AnswerForm> kHtml{{
    .name = "html",
    .summary = "a page",
    .render = Html,
}};

}  // namespace

}  // namespace pidproof::reports::fleet::forms::tables
