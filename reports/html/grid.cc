#include "reports/html/grid.h"

#include <algorithm>

#include "reports/text/text_layout.h"

namespace pidproof::reports::html {
namespace {

std::string MarkdownCell(std::string_view text) {
  std::string safe;
  for (const char c : text::Printable(text)) {
    if (std::string_view("\\`*<>|&[]").find(c) != std::string_view::npos) safe += '\\';
    safe += c;
  }
  return safe;
}

std::string MarkdownRow(const std::vector<std::string>& left,
                        const std::vector<std::string>& right) {
  std::string line = "|";
  for (const std::string& cell : left) line += " " + MarkdownCell(cell) + " |";
  for (const std::string& cell : right) line += " " + MarkdownCell(cell) + " |";
  return line + "\n";
}

std::vector<std::string> AllPrintable(std::vector<std::string> texts) {
  for (std::string& text : texts) text = text::Printable(text);
  return texts;
}

void Widen(std::vector<std::size_t>& widths, const std::vector<std::string>& cells) {
  for (std::size_t i = 0; i < cells.size(); ++i)
    widths[i] = std::max(widths[i], text::Width(cells[i]));
}

std::string Trimmed(std::string line) {
  line.erase(line.find_last_not_of(' ') + 1);
  return line + "\n";
}

}  // namespace

std::string Grid::Markdown() const {
  std::string text = MarkdownRow(corners, heads) + "|";
  for (std::size_t i = 0; i < corners.size(); ++i) text += " --- |";
  for (std::size_t i = 0; i < heads.size(); ++i) text += " :-: |";
  text += "\n";
  for (const Row& row : rows) text += MarkdownRow(row.names, row.marks);
  return text;
}

std::string Grid::Aligned(std::size_t width) const {
  Grid clean{AllPrintable(corners), AllPrintable(heads), {}};
  for (const Row& row : rows) {
    clean.rows.push_back({AllPrintable(row.names), AllPrintable(row.marks)});
  }
  std::vector<std::size_t> name_widths(corners.size());
  std::vector<std::size_t> mark_widths(heads.size());
  Widen(name_widths, clean.corners);
  Widen(mark_widths, clean.heads);
  for (const Row& row : clean.rows) {
    Widen(name_widths, row.names);
    Widen(mark_widths, row.marks);
  }
  const auto line = [&](const Row& row, std::size_t first, std::size_t end) {
    std::string text;
    for (std::size_t i = 0; i < row.names.size(); ++i) {
      text += "  " + text::Padded(row.names[i], name_widths[i]);
    }
    for (std::size_t i = first; i < end; ++i) {
      text += "  " + text::Padded(row.marks[i], mark_widths[i]);
    }
    return Trimmed(text);
  };
  std::size_t names_width = 0;
  for (const std::size_t name : name_widths) names_width += 2 + name;

  std::string text;
  for (std::size_t first = 0, end = 0; first < heads.size(); first = end) {
    // At least one column a fold, even where the names leave no room.
    std::size_t used = names_width;
    for (; end < heads.size() && (end == first || used + 2 + mark_widths[end] <= width); ++end) {
      used += 2 + mark_widths[end];
    }
    if (first > 0) text += "\n";
    text += line({clean.corners, clean.heads}, first, end);
    for (const Row& row : clean.rows) text += line(row, first, end);
  }
  return text;
}

}  // namespace pidproof::reports::html
