#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "reports/document/vocabulary.h"

namespace pidproof::reports::text {

// Writes with or without a terminal's colours, so that no caller has to ask which. Every text
// is padded before it comes here: colours come last.
class TerminalStyle {
 public:
  static constexpr std::size_t kColumns = 100;
  static constexpr std::size_t kIndent = 4;  // of what belongs to the line above

  explicit TerminalStyle(bool colour) : colour_(colour) {}

  std::string Toned(std::string_view text, Tone tone) const;
  std::string Bold(std::string_view text) const { return Sgr(text, "1"); }
  std::string Faint(std::string_view text) const { return Sgr(text, "2"); }

  // A heading, and a faint remark beside it.
  std::string Heading(std::string_view title, std::string_view remark) const;

  // Faint lines, each set in by `indent`.
  std::string Note(const std::vector<std::string>& lines, std::size_t indent) const;

 private:
  std::string Sgr(std::string_view text, std::string_view code) const;

  bool colour_;
};

}  // namespace pidproof::reports::text
