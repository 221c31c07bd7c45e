#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include "reports/compare/diff_writers.h"
#include "reports/html/grid.h"
#include "reports/text/text_layout.h"

namespace pidproof::reports::compare {

namespace {

constexpr std::size_t kMostAnnotations = 10;       // of one kind that a step may make
constexpr std::size_t kMostMarkdown = 900 * 1024;  // GitHub takes 1 MiB a step
constexpr std::size_t kLongestCell = 600;          // characters

std::string NameOf(const Difference& difference) {
  return fmt::format("{}{}{}", difference.name, difference.path.empty() ? "" : " ",
                     difference.path) +
         (difference.world == kNative ? "" : fmt::format(" in {}", difference.world));
}

html::Grid GridOf(const std::vector<Difference>& differences) {
  html::Grid grid{{"effect", "what", "row"}, {"before", "now", "evidence"}, {}};
  std::size_t size = 0;
  for (const Difference& each : differences) {
    html::Grid::Row row{
        {std::string(WordOf(each.effect)), std::string(WordOf(each.kind)), NameOf(each)},
        {each.before, each.after, text::Clipped(each.evidence, kLongestCell)}};
    // Each byte may be escaped.
    for (const auto* cells : {&row.names, &row.marks}) {
      for (const std::string& cell : *cells) size += 2 * cell.size() + 4;
    }
    if (size > kMostMarkdown) break;
    grid.rows.push_back(std::move(row));
  }
  return grid;
}

std::string ListOf(std::string_view title, const std::vector<std::string>& lines) {
  if (lines.empty()) return "";
  html::Grid grid{{std::string(title)}, {}, {}};
  for (const std::string& line : lines) grid.rows.push_back({{line}, {}});
  return "\n" + grid.Markdown();
}

// As the runner reads it: its commands end with the line, its properties with , or :.
std::string EscapedForCommand(std::string_view text, bool is_property) {
  std::string safe;
  for (const char c : text::Printable(text)) {
    const bool breaks = c == '%' || c == '\r' || c == '\n';
    if (breaks || (is_property && (c == ':' || c == ','))) {
      safe += fmt::format("%{:02X}", static_cast<unsigned char>(c));
    } else {
      safe += c;
    }
  }
  return safe;
}

std::string Annotation(std::string_view level, std::string_view title, std::string_view text) {
  return fmt::format("::{} title={}::{}\n", level, EscapedForCommand(title, true),
                     EscapedForCommand(text, false));
}

std::string AnnotationAt(const Stale& stale) {
  const std::size_t colon = stale.place.rfind(':');
  return fmt::format("::warning file={},line={},title=stale::{}\n",
                     EscapedForCommand(stale.place.substr(0, colon), true),
                     stale.place.substr(colon + 1), EscapedForCommand(stale.why, false));
}

}  // namespace

std::string DiffMarkdown(const Diff& diff, const DiffSides& sides) {
  html::Grid compared{{"document"}, {"release", "machine", "started"}, {}};
  for (const NamedDocument* side : {&sides.before, &sides.after}) {
    compared.rows.push_back(
        {{side->name},
         {side->document.host.release, side->document.host.machine, side->document.run.started}});
  }
  std::string out = fmt::format("### pidproof: {}\n\n{}", DiffSentence(diff), compared.Markdown());
  const html::Grid grid = GridOf(diff.differences);
  if (!grid.rows.empty()) out += "\n" + grid.Markdown();
  if (const std::size_t cut = diff.differences.size() - grid.rows.size(); cut > 0) {
    out += fmt::format("\n{} more, none of them worse than these\n", cut);
  }
  std::vector<std::string> accepted;
  for (const Accepted& each : diff.accepted) {
    accepted.push_back(
        fmt::format("{}: {} ({})", NameOf(each.difference), each.reason, each.place));
  }
  if (diff.costs) out += ListOf("costs", CostLines(*diff.costs));
  return out + ListOf("accepted", accepted) + ListOf("stale", StaleLines(diff)) +
         ListOf("note", diff.notes);
}

std::string DiffAnnotations(const Diff& diff, const DiffSides& sides) {
  std::vector<std::string> all;
  if (diff.costs && !(diff.costs->noise.empty() && diff.costs->warning.empty())) {
    all.push_back(
        Annotation("warning", "costs", fmt::format("{}", fmt::join(CostLines(*diff.costs), "; "))));
  }
  for (const Difference& each : diff.differences) {
    if (each.effect != Effect::kWorse) continue;
    all.push_back(Annotation("error", fmt::format("{}: {}", each.kind, NameOf(each)),
                             fmt::format("{} -> {}; {}", each.before, each.after, each.evidence)));
  }
  for (const Stale& stale : diff.stale) all.push_back(AnnotationAt(stale));
  for (const Difference& each : diff.differences) {
    if (each.effect == Effect::kWorse || !each.follows.empty()) continue;
    all.push_back(Annotation("notice", fmt::format("{}: {}", each.kind, NameOf(each)),
                             fmt::format("{} -> {}; {}", each.before, each.after, each.evidence)));
  }
  if (all.size() > kMostAnnotations) {
    const std::size_t more = all.size() - kMostAnnotations + 1;
    all.resize(kMostAnnotations - 1);
    all.push_back(
        Annotation("notice", fmt::format("{} -> {}", sides.before.name, sides.after.name),
                   fmt::format("{}; {} more in the job summary", DiffSentence(diff), more)));
  }
  std::string out;
  for (const std::string& each : all) out += each;
  return out;
}

}  // namespace pidproof::reports::compare
