#include "runner/gate.h"

#include <fmt/format.h>

#include <cstdio>

#include "reports/text/text_layout.h"

namespace pidproof::runner {

void RefuseGaps(const std::string& what, const std::vector<std::string>& gaps) {
  if (!gaps.empty()) throw Undecided(fmt::format("{}: {}", what, fmt::join(gaps, "; ")));
}

void PrintLine(const std::string& line) {
  std::fputs(fmt::format("pidproof: {}\n", reports::text::Printable(line)).c_str(), stderr);
}

}  // namespace pidproof::runner
