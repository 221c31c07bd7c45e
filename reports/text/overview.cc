#include "reports/text/overview.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <tuple>

#include "reports/document/vocabulary.h"
#include "reports/text/text_layout.h"

namespace pidproof::reports::text {

namespace {

constexpr std::size_t kIndent = 4;

// A head followed by a list, which is indented below the head where it is long.
std::string Listed(const std::string& head, const std::vector<std::string>& names,
                   const TerminalStyle& style) {
  constexpr std::size_t kMost = 24;
  std::vector<std::string> shown(
      names.begin(), names.begin() + static_cast<std::ptrdiff_t>(std::min(names.size(), kMost)));
  if (names.size() > kMost) shown.push_back(fmt::format("and {} more", names.size() - kMost));
  const std::vector<std::string> lines = Flow(shown, ", ", TerminalStyle::kColumns - kIndent);
  const bool fits =
      lines.size() == 1 && Width(head) + 2 + Width(lines.front()) <= TerminalStyle::kColumns;
  if (fits) return fmt::format("{}  {}\n", head, style.Faint(lines.front()));
  return head + "\n" + style.Note(lines, kIndent);
}

// "absent  ENOTTY", "filtered  EPERM  by seccomp (proven)"
using Kind = std::tuple<std::string, std::string, std::string>;

Kind KindOf(const Feature& feature) {
  const std::string availability(WordOf(feature.availability));
  if (feature.refused_by.empty() || feature.refused_by == kRefusedByKernel) {
    return {availability, "", ""};
  }
  return {availability, std::string(AnswerOf(feature)),
          fmt::format("by {} ({})", feature.refused_by, feature.confidence)};
}

}  // namespace

std::string FeaturesOverview(const std::vector<const Feature*>& features,
                             const TerminalStyle& style) {
  std::map<Kind, std::vector<std::string>> kinds;
  bool can_be_fixed = false;
  for (const Feature* feature : features) {
    if (feature->availability == Availability::kPresent) continue;
    kinds[KindOf(*feature)].push_back(
        fmt::format("{} ({})", Printable(feature->feature), Printable(feature->since)));
    can_be_fixed |= !feature->fix.empty();
  }
  std::string text;
  for (const auto& [kind, names] : kinds) {
    const auto& [availability, answer, by] = kind;
    std::string head = "  " + style.Toned(availability, ToneOf(availability, kAvailabilities));
    if (!answer.empty()) head += "  " + Printable(answer);
    if (!by.empty()) head += "  " + Printable(by);
    text += Listed(head, names, style);
  }
  if (can_be_fixed)
    text += style.Note({"How each is fixed: --verbose, or pidproof explain NAME"}, 2);
  return text;
}

}  // namespace pidproof::reports::text
