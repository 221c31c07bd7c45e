#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "reports/ready/consumer.h"
#include "reports/ready/ready.h"
#include "reports/text/terminal_style.h"
#include "reports/text/text_layout.h"

namespace pidproof::reports::ready {
namespace {

// "pidfd_open (ENOSYS)": the deciding feature and its answer.
std::string Decider(const Readiness& row) {
  if (row.feature.empty()) return "";
  const std::string& answer = row.errno_name.empty() ? row.availability : row.errno_name;
  return fmt::format("{} ({})", row.feature, answer);
}

std::vector<std::string> Counts(const std::vector<Readiness>& rows) {
  std::vector<std::string> counts;
  for (std::size_t i = 0; i < kImpacts.size(); ++i) {
    const auto count = std::ranges::count(rows, static_cast<Impact>(i), &Readiness::impact);
    if (count > 0) counts.push_back(fmt::format("{} {}", count, kImpacts[i].word));
  }
  return counts;
}

std::string Lines(const std::vector<std::string>& lines, std::size_t indent) {
  std::string text;
  for (const std::string& line : lines) {
    text += fmt::format("{}{}\n", std::string(indent, ' '), line);
  }
  return text;
}

// The head, set in by 2, and the sentence beside it, set in by `indent`.
std::string Hanging(std::string_view head, const std::string& sentence, std::size_t indent) {
  const std::vector<std::string> lines =
      text::Wrapped(sentence, text::TerminalStyle::kColumns - indent);
  std::string text = fmt::format("  {}", text::Padded(head, indent - 2));
  for (std::size_t i = 0; i < lines.size(); ++i) {
    text += (i == 0 ? "" : std::string(indent, ' ')) + lines[i] + "\n";
  }
  return text;
}

// What comes from a document must not steer a terminal.
std::vector<Readiness> AllPrintable(std::vector<Readiness> rows) {
  for (Readiness& row : rows) {
    for (std::string* text :
         {&row.feature, &row.availability, &row.errno_name, &row.fix, &row.instead, &row.also}) {
      *text = text::Printable(*text);
    }
  }
  return rows;
}

class ReadyTable {
 public:
  ReadyTable(const std::vector<Readiness>& rows, bool colour)
      : rows_(AllPrintable(rows)), pen_(colour) {
    for (const Readiness& row : rows_) {
      if (row.impact == Impact::kNotApplicable) continue;
      consumer_width_ = std::max(consumer_width_, text::Width(row.consumer));
      impact_width_ = std::max(impact_width_, text::Width(WordOf(row.impact).word));
    }
  }

  std::string Text() const {
    return pen_.Heading("READINESS", "") +
           pen_.Note(text::Flow(Counts(rows_), ", ", text::TerminalStyle::kColumns - 2), 2) +
           Table() + NotApplicable() + Fixes() + Remarks();
  }

 private:
  std::string Table() const {
    std::string text;
    for (const Readiness& row : rows_) {
      if (row.impact != Impact::kNotApplicable) text += Line(row);
    }
    if (text.empty()) return "";
    return pen_.Faint(fmt::format("  {}  {}  decided by", text::Padded("consumer", consumer_width_),
                                  text::Padded("impact", impact_width_))) +
           "\n" + text;
  }

  std::string Line(const Readiness& row) const {
    const bool degraded =
        row.impact == Impact::kDegradedSilently || row.impact == Impact::kDegradedLogged;
    const Word& impact = WordOf(row.impact);
    const std::string decider = Decider(row);
    const bool last = decider.empty();
    std::string line = fmt::format(
        "  {}  {}", text::Padded(row.consumer, consumer_width_),
        pen_.Toned(last ? std::string(impact.word) : text::Padded(impact.word, impact_width_),
                   impact.tone));
    if (!last) line += "  " + decider;
    if (degraded && !row.instead.empty()) line += pen_.Faint(": " + row.instead);
    return line + "\n";
  }

  // Those that use no pidfd, in a few lines.
  std::string NotApplicable() const {
    std::vector<std::string> names;
    for (const Readiness& row : rows_) {
      if (row.impact == Impact::kNotApplicable) names.push_back(row.consumer);
    }
    if (names.empty()) return "";
    return pen_.Heading("NOT APPLICABLE", "they use no pidfd") +
           Lines(text::Flow(names, "  ", text::TerminalStyle::kColumns - 2), 2);
  }

  // One entry a refusal, however many consumers it holds up.
  std::string Fixes() const {
    std::vector<std::pair<const Readiness*, std::vector<std::string>>> fixes;
    for (const Readiness& row : rows_) {
      if (row.fix.empty()) continue;
      const auto at = std::ranges::find_if(fixes, [&](const auto& fix) {
        return Decider(*fix.first) == Decider(row) && fix.first->fix == row.fix;
      });
      if (at == fixes.end()) {
        fixes.push_back({&row, {row.consumer}});
      } else {
        at->second.push_back(row.consumer);
      }
    }
    std::string text = fixes.empty() ? "" : pen_.Heading("HOW TO FIX", "");
    std::size_t width = 0;
    for (const auto& [row, consumers] : fixes) width = std::max(width, text::Width(Decider(*row)));
    for (const auto& [row, consumers] : fixes) {
      text += Hanging(Decider(*row), row->fix, width + 4);
      text += pen_.Note(text::Flow(consumers, "  ", text::TerminalStyle::kColumns - 4), 4);
    }
    return text;
  }

  std::string Remarks() const {
    std::string text;
    for (const Readiness& row : rows_) {
      if (!row.also.empty()) text += Hanging(row.consumer, row.also, consumer_width_ + 4);
    }
    return text.empty() ? "" : pen_.Heading("ALSO", "what no feature shows") + text;
  }

  std::vector<Readiness> rows_;
  text::TerminalStyle pen_;
  std::size_t consumer_width_ = text::Width("consumer");
  std::size_t impact_width_ = text::Width("impact");
};

}  // namespace

std::string ReadyText(const std::vector<Readiness>& rows, bool colour) {
  return ReadyTable(rows, colour).Text();
}

}  // namespace pidproof::reports::ready
