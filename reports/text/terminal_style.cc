#include "reports/text/terminal_style.h"

#include <fmt/format.h>

namespace pidproof::reports::text {
namespace {

std::string_view CodeOf(Tone tone) {
  switch (tone) {
    case Tone::kGood:
      return "32";
    case Tone::kCaution:
      return "33";
    case Tone::kBad:
      return "1;31";
    case Tone::kUndecided:
      return "35";
    case Tone::kQuiet:
      return "2";
  }
  return "0";
}

}  // namespace

std::string TerminalStyle::Sgr(std::string_view text, std::string_view code) const {
  if (!colour_ || text.empty()) return std::string(text);
  return fmt::format("\x1b[{}m{}\x1b[0m", code, text);
}

std::string TerminalStyle::Toned(std::string_view text, Tone tone) const {
  return Sgr(text, CodeOf(tone));
}

std::string TerminalStyle::Heading(std::string_view title, std::string_view remark) const {
  return remark.empty() ? fmt::format("\n{}\n", Bold(title))
                        : fmt::format("\n{}  {}\n", Bold(title), Faint(remark));
}

std::string TerminalStyle::Note(const std::vector<std::string>& lines, std::size_t indent) const {
  std::string note;
  for (const std::string& line : lines) {
    note += fmt::format("{}{}\n", std::string(indent, ' '), Faint(line));
  }
  return note;
}

}  // namespace pidproof::reports::text
