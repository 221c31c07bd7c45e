#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "reports/document/strength.h"
#include "reports/document/vocabulary.h"
#include "reports/text/overview.h"
#include "reports/text/text_layout.h"

namespace pidproof::reports::text {

namespace {

constexpr std::size_t kMostNamed = 10;

std::vector<const Cell*> Cells(const std::vector<Index::Row>& rows) {
  std::vector<const Cell*> cells;
  for (const Index::Row& row : rows) {
    for (const Cell* cell : {row.pidfd, row.legacy_pid}) {
      if (cell != nullptr) cells.push_back(cell);
    }
  }
  return cells;
}

std::string More(std::size_t all, const TerminalStyle& style) {
  if (all <= kMostNamed) return "";
  return style.Note({fmt::format("and {} more: --verbose", all - kMostNamed)},
                    TerminalStyle::kIndent);
}

std::string Bad(const std::vector<const Cell*>& cells, const TerminalStyle& style) {
  std::string text;
  std::size_t count = 0;
  for (const Tone tone : {Tone::kBad, Tone::kUndecided}) {
    for (const Cell* cell : cells) {
      if (ToneOf(cell->verdict) != tone || ++count > kMostNamed) continue;
      text += fmt::format("  {}  {} {}\n", style.Toned(WordOf(cell->verdict), tone),
                          Printable(cell->scenario), cell->path);
      text += style.Note(
          Wrapped(Printable(cell->why), TerminalStyle::kColumns - TerminalStyle::kIndent),
          TerminalStyle::kIndent);
    }
  }
  return text + More(count, style);
}

std::string Bugs(const std::vector<const Cell*>& cells, const TerminalStyle& style) {
  std::map<std::pair<std::string, std::string>, std::vector<std::string>> met;
  for (const Cell* cell : cells) {
    for (const KernelBug& bug : cell->kernel_bugs) {
      met[{bug.name, bug.fixed_in}].push_back(
          fmt::format("{}, {} of {} trials", Printable(cell->scenario), Thousands(bug.hits),
                      Thousands(cell->trials)));
    }
  }
  std::string text;
  for (const auto& [bug, places] : met) {
    const auto& [name, fixed_in] = bug;
    const std::string more =
        places.size() == 1 ? "" : fmt::format(", and {} more", places.size() - 1);
    const std::string fix =
        fixed_in.empty() ? "not fixed in any release yet" : "fixed in " + Printable(fixed_in);
    text += fmt::format("  {}  {}\n", style.Toned("kernel bug " + Printable(name), Tone::kCaution),
                        style.Faint(fmt::format("{}{}; {}", places.front(), more, fix)));
  }
  return text;
}

// How often harm came where it could; a question asked once has one opportunity.
double HarmRate(const Cell& cell) {
  const double opportunities = static_cast<double>(cell.opportunities.value_or(cell.trials));
  return opportunities == 0 ? 0 : static_cast<double>(cell.hits.value_or(1)) / opportunities;
}

std::string Prevented(const std::vector<Index::Row>& rows, const TerminalStyle& style) {
  std::vector<const Cell*> harmed;
  for (const Index::Row& row : rows) {
    const bool by_pid_only = row.pidfd != nullptr && row.legacy_pid != nullptr &&
                             row.pidfd->verdict == Verdict::kUpheld &&
                             row.legacy_pid->verdict == Verdict::kHazardous;
    if (by_pid_only) harmed.push_back(row.legacy_pid);
  }
  if (harmed.empty()) return "";
  const auto stronger = [](const Cell* a, const Cell* b) {
    return std::tuple(HarmRate(*b), b->hits.value_or(0)) <
           std::tuple(HarmRate(*a), a->hits.value_or(0));
  };
  std::ranges::stable_sort(harmed, stronger);
  std::string text = fmt::format("  {}  {} scenario{}, such as\n",
                                 style.Toned("harm by PID, none by pidfd", Tone::kGood),
                                 harmed.size(), harmed.size() == 1 ? "" : "s");
  constexpr std::size_t kExamples = 3;
  for (std::size_t i = 0; i < std::min(kExamples, harmed.size()); ++i) {
    const Cell& cell = *harmed[i];
    const std::string line = fmt::format("{}: {}", Printable(cell.scenario), Printable(cell.why));
    text += style.Note({Clipped(line, TerminalStyle::kColumns - TerminalStyle::kIndent)},
                       TerminalStyle::kIndent);
  }
  return text;
}

std::string NotPrevented(const std::vector<Index::Row>& rows, const TerminalStyle& style) {
  std::vector<std::string> names;
  for (const Index::Row& row : rows) {
    const bool exposed = row.pidfd != nullptr && row.pidfd->verdict == Verdict::kHazardous &&
                         row.pidfd->kernel_bugs.empty();
    if (exposed) names.push_back(Printable(row.scenario->name));
  }
  if (names.empty()) return "";
  std::vector<std::string> few(
      names.begin(),
      names.begin() + static_cast<std::ptrdiff_t>(std::min<std::size_t>(names.size(), 3)));
  if (names.size() > few.size()) few.push_back(fmt::format("{} more", names.size() - few.size()));
  return fmt::format("  {}  {} scenario{}:\n",
                     style.Toned("harm that a pidfd does not prevent", Tone::kCaution),
                     names.size(), names.size() == 1 ? "" : "s") +
         style.Note(Flow(few, ", ", TerminalStyle::kColumns - TerminalStyle::kIndent),
                    TerminalStyle::kIndent);
}

std::string Weak(const std::vector<const Cell*>& cells, const TerminalStyle& style) {
  std::vector<std::string> weak;
  for (const Cell* cell : cells) {
    if (StrengthOf(*cell) != Strength::kWeak) continue;
    weak.push_back(fmt::format("{} {}", Printable(cell->scenario), cell->path));
  }
  if (weak.empty()) return "";
  return fmt::format(
      "  {}  {}\n", style.Toned("weak evidence", Tone::kCaution),
      style.Faint(fmt::format("{} of the upheld races, such as {}; --until 1e-3 runs them longer",
                              weak.size(), weak.front())));
}

std::string NotAsked(const std::vector<const Cell*>& cells, const TerminalStyle& style) {
  std::map<std::string_view, std::size_t> reasons;
  std::size_t all = 0;
  for (const Cell* cell : cells) {
    if (cell->verdict != Verdict::kUnsupported) continue;
    ++reasons[cell->why];
    ++all;
  }
  if (all == 0) return "";
  const auto most =
      std::ranges::max_element(reasons, {}, [](const auto& reason) { return reason.second; });
  return fmt::format(
      "  unsupported  {}\n",
      style.Faint(Clipped(fmt::format("{} verdict{}; the most frequent reason ({}): {}", all,
                                      all == 1 ? "" : "s", most->second, Printable(most->first)),
                          TerminalStyle::kColumns - 15)));
}

// Races that the budget of host PIDs cut short.
std::string CutShort(const std::vector<const Cell*>& cells, const TerminalStyle& style) {
  const auto cut = std::ranges::count_if(cells, [](const Cell* cell) {
    return cell->verdict == Verdict::kUnsupported && cell->missing == kPids;
  });
  if (cut == 0) return "";
  return fmt::format("  {}  {} not decided: half of the host's PIDs were used; as root, or {}\n",
                     style.Toned("PID budget", Tone::kCaution), cut,
                     style.Faint("--allow-pid-wrap"));
}

}  // namespace

std::string FindingsOverview(const std::vector<Index::Row>& rows, const TerminalStyle& style) {
  const std::vector<const Cell*> cells = Cells(rows);
  return Bad(cells, style) + Bugs(cells, style) + Prevented(rows, style) +
         NotPrevented(rows, style) + Weak(cells, style) + CutShort(cells, style) +
         NotAsked(cells, style);
}

}  // namespace pidproof::reports::text
