#include "reports/text/text_scenarios.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <string>
#include <vector>

#include "reports/document/statistics.h"
#include "reports/document/strength.h"
#include "reports/document/vocabulary.h"
#include "reports/text/overview.h"
#include "reports/text/race_summary.h"
#include "reports/text/terminal_style.h"
#include "reports/text/text_layout.h"

namespace pidproof::reports::text {
namespace {

constexpr std::size_t kVerdictWidth = 18;
constexpr std::size_t kPathIndent = 4;
constexpr std::size_t kNoteIndent = kPathIndent + 12;
constexpr std::size_t kNoteWidth = TerminalStyle::kColumns - kNoteIndent;

// The reasons that many unsupported cells share, printed once each below the table. A reason's
// number is its mark in the cells.
class SharedReasons {
 public:
  explicit SharedReasons(const std::vector<Index::Row>& rows) {
    constexpr std::size_t kMany = 3;
    std::map<std::string_view, std::size_t> cells;
    for (const Index::Row& row : rows) {
      for (const Cell* cell : {row.pidfd, row.legacy_pid}) {
        if (cell == nullptr || cell->verdict != Verdict::kUnsupported) continue;
        if (++cells[cell->why] == kMany) reasons_.push_back(cell->why);
      }
    }
  }

  // 0 for a cell whose reason is its own.
  std::size_t NumberOf(const Cell& cell) const {
    if (cell.verdict != Verdict::kUnsupported) return 0;
    const auto found = std::ranges::find(reasons_, cell.why);
    return found == reasons_.end() ? 0 : static_cast<std::size_t>(found - reasons_.begin()) + 1;
  }

  std::string Printed(const TerminalStyle& pen) const {
    std::string text;
    for (std::size_t i = 0; i < reasons_.size(); ++i) {
      const std::string reason = fmt::format("[{}] {}", i + 1, Printable(reasons_[i]));
      text += pen.Note(Wrapped(reason, TerminalStyle::kColumns - 2), 2);
    }
    return text;
  }

 private:
  std::vector<std::string_view> reasons_;
};

std::string TrialsLine(const Cell& cell) {
  std::string line = fmt::format("{} trials", Thousands(cell.trials));
  const auto rate = RateOf(cell);
  if (rate) line += fmt::format(", {} per second", Thousands(*rate));
  if (rate && cell.baseline_per_second) {
    line += fmt::format(" (bare create and reap: {})",
                        Thousands(static_cast<std::uint64_t>(*cell.baseline_per_second)));
  }
  return line;
}

std::vector<std::string> OutcomeLines(const Cell& cell) {
  std::vector<std::string> counts;
  for (const auto& [word, count] : OutcomesByCount(cell)) {
    counts.push_back(fmt::format("{} {}", Printable(word), Thousands(count)));
  }
  return Flow(counts, "   ", kNoteWidth);
}

class WorldText {
 public:
  WorldText(const std::vector<Index::Row>& rows, const TextStyle& style)
      : style_(style), pen_(style.colour), rows_(rows), shared_(rows) {
    for (const Index::Row& row : rows) {
      name_width_ = std::max(name_width_, Width(Printable(row.scenario->name)));
    }
  }

  std::string Body() const {
    const std::string conformance = RowsOf(ScenarioKind::kConformance);
    const std::string torture = RowsOf(ScenarioKind::kTorture);
    const bool both = !conformance.empty() && !torture.empty();
    return conformance + (both ? "\n" : "") + torture + shared_.Printed(pen_);
  }

 private:
  std::string RowsOf(ScenarioKind kind) const {
    std::string rows;
    for (const Index::Row& row : rows_) {
      if (row.scenario->kind == kind) rows += Row(row);
    }
    if (rows.empty()) return "";
    return pen_.Faint(fmt::format("  {}  {}{}", Padded(WordOf(kind), name_width_),
                                  Padded(WordOf(Path::kPidfd), kVerdictWidth), Path::kLegacyPid)) +
           "\n" + rows;
  }

  std::string Row(const Index::Row& row) const {
    std::string text =
        fmt::format("  {}  {}{}\n", Padded(Printable(row.scenario->name), name_width_),
                    VerdictOf(row.pidfd, kVerdictWidth), VerdictOf(row.legacy_pid, 0));
    if (style_.verbose) {
      text += pen_.Note(Wrapped(Printable(row.scenario->question), TerminalStyle::kColumns - 4), 4);
    }
    const bool torture = row.scenario->kind == ScenarioKind::kTorture;
    return text + Notes(row.pidfd, torture) + Notes(row.legacy_pid, torture);
  }

  std::string VerdictOf(const Cell* cell, std::size_t width) const {
    if (cell == nullptr) return Padded("-", width);
    const std::size_t number = shared_.NumberOf(*cell);
    const std::optional<Strength> strength = StrengthOf(*cell);
    const std::string mark = number > 0 ? fmt::format(" [{}]", number)
                             : strength ? fmt::format(", {}", *strength)
                                        : "";
    const std::size_t used = Width(WordOf(cell->verdict)) + Width(mark);
    return pen_.Toned(WordOf(cell->verdict), ToneOf(cell->verdict)) + pen_.Faint(mark) +
           std::string(used < width ? width - used : 0, ' ');
  }

  // The notes about one cell, its path in front of the first line.
  std::string Notes(const Cell* cell, bool torture) const {
    if (cell == nullptr) return "";
    std::vector<std::string> lines;
    if (cell->trials > 0 && (torture || style_.verbose)) {
      if (torture) lines.push_back(TrialsLine(*cell));
      std::ranges::copy(OutcomeLines(*cell), std::back_inserter(lines));
      if (cell->hits == 0U && cell->opportunities) {
        lines.push_back("harm: " + RateSentence(0, *cell->opportunities));
      }
      for (const std::string& sentence : RaceSentences(*cell)) {
        std::ranges::copy(Wrapped(Printable(sentence), kNoteWidth), std::back_inserter(lines));
      }
    }
    for (const std::string& sentence : BugSentences(*cell)) {
      std::ranges::copy(Wrapped(Printable(sentence), kNoteWidth), std::back_inserter(lines));
    }
    if (shared_.NumberOf(*cell) == 0 && (cell->verdict != Verdict::kUpheld || style_.verbose)) {
      std::ranges::copy(Wrapped(Printable(cell->why), kNoteWidth), std::back_inserter(lines));
    }
    std::string text;
    for (std::size_t i = 0; i < lines.size(); ++i) {
      const std::string path = Padded(i == 0 ? WordOf(cell->path) : "", kNoteIndent - kPathIndent);
      text += fmt::format("{}{}\n", std::string(kPathIndent, ' '), pen_.Faint(path + lines[i]));
    }
    return text;
  }

  const TextStyle& style_;
  TerminalStyle pen_;
  const std::vector<Index::Row>& rows_;
  SharedReasons shared_;
  std::size_t name_width_ = Width(WordOf(ScenarioKind::kConformance));
};

std::string Overview(std::string_view world, const std::string& remark,
                     const std::vector<Index::Row>& rows, const TerminalStyle& pen) {
  const std::string text = pen.Heading(fmt::format("SCENARIOS in {}", Printable(world)), remark) +
                           TopicsOverview(rows, pen);
  const std::string findings = FindingsOverview(rows, pen);
  if (findings.empty()) return text;
  return text + pen.Heading("FINDINGS", "each row: --verbose, --only, or the page (--html)") +
         findings;
}

}  // namespace

std::string ScenariosText(const Index& index, std::string_view world, const TextStyle& style) {
  const Index::Chosen<Index::Row> rows = index.Rows(world);
  if (rows.of == 0) return "";
  std::string remark;
  if (rows.entries.empty()) {
    remark = fmt::format("all {} as in native", rows.of);
  } else if (index.ShowsDifferences(world)) {
    remark = fmt::format("only the {} of {} that differ from native", rows.entries.size(), rows.of);
  }
  const TerminalStyle pen(style.colour);
  if (!style.verbose && rows.entries.size() > kMostRows) {
    return Overview(world, remark, rows.entries, pen);
  }
  const WorldText text(rows.entries, style);
  return pen.Heading(fmt::format("SCENARIOS in {}", Printable(world)), remark) + text.Body();
}

}  // namespace pidproof::reports::text
