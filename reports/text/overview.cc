#include "reports/text/overview.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <tuple>

#include "reports/document/vocabulary.h"
#include "reports/text/text_layout.h"

namespace pidproof::reports::text {

namespace {

// The list that follows a head of that width, and goes on indented below where it is long.
std::string Listed(std::size_t head, const std::vector<std::string>& names,
                   const TerminalStyle& style) {
  constexpr std::size_t kMost = 24;
  std::vector<std::string> shown(
      names.begin(), names.begin() + static_cast<std::ptrdiff_t>(std::min(names.size(), kMost)));
  if (names.size() > kMost) shown.push_back(fmt::format("and {} more", names.size() - kMost));
  // The head takes the place of as many spaces, less the indent.
  const std::string place(head + 2 - TerminalStyle::kIndent, ' ');
  constexpr std::size_t kWidth = TerminalStyle::kColumns - TerminalStyle::kIndent;
  if (place.size() + Width(shown.front()) > kWidth) {
    return "\n" + style.Note(Flow(shown, ", ", kWidth), TerminalStyle::kIndent);
  }
  shown.front().insert(0, place);
  std::vector<std::string> lines = Flow(shown, ", ", kWidth);
  const std::string first = lines.front().substr(place.size());
  lines.erase(lines.begin());
  return fmt::format("  {}\n", style.Faint(first)) + style.Note(lines, TerminalStyle::kIndent);
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
  for (const Feature* feature : features) {
    if (feature->availability == Availability::kPresent) continue;
    kinds[KindOf(*feature)].push_back(
        fmt::format("{} ({})", Printable(feature->feature), Printable(feature->since)));
  }
  std::string text;
  for (const auto& [kind, names] : kinds) {
    const auto& [availability, answer, by] = kind;
    std::string rest;
    if (!answer.empty()) rest += "  " + Printable(answer);
    if (!by.empty()) rest += "  " + Printable(by);
    text += fmt::format("  {}{}", style.Toned(availability, ToneOf(availability, kAvailabilities)),
                        rest) +
            Listed(2 + Width(availability) + Width(rest), names, style);
  }
  return text;
}

std::string ProposedOverview(const std::vector<Proposed>& proposed, const TerminalStyle& style) {
  if (proposed.empty()) return "";
  std::vector<std::string> names;
  for (const Proposed& row : proposed) {
    names.push_back(fmt::format("{} {}", Printable(row.feature), WordOf(row.availability)));
  }
  constexpr std::string_view kLabel = "proposed, in no release";
  return fmt::format("  {}", kLabel) + Listed(2 + Width(kLabel), names, style);
}

}  // namespace pidproof::reports::text
