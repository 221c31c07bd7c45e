#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "reports/compare/diff_writers.h"
#include "reports/text/text_layout.h"

namespace pidproof::reports::compare {

namespace {

constexpr std::size_t kDiffColumns = 100;
constexpr std::size_t kEvidenceIndent = 6;
constexpr std::size_t kLongestEvidence = 360;

std::string Paragraph(std::string_view text) {
  std::string lines;
  for (const std::string& line :
       text::Wrapped(text::Clipped(text::Printable(text), kLongestEvidence),
                     kDiffColumns - kEvidenceIndent)) {
    lines += std::string(kEvidenceIndent, ' ') + line + "\n";
  }
  return lines;
}

std::string SideLine(std::string_view word, const NamedDocument& side) {
  const Document& document = side.document;
  return text::Printable(fmt::format("  {} {}: Linux {}, {}, {}", word, side.name,
                                     document.host.release, document.host.machine,
                                     document.run.started)) +
         "\n";
}

// The difference that another one follows from, and is no worse than it.
const Difference* LeaderOf(const Diff& diff, const Difference& difference) {
  if (difference.follows.empty()) return nullptr;
  const auto leader = std::ranges::find_if(diff.differences, [&](const Difference& each) {
    return each.name == difference.follows && each.world == difference.world &&
           each.follows.empty() && each.path.empty();
  });
  const bool leads = leader != diff.differences.end() && leader->effect <= difference.effect;
  return leads ? &*leader : nullptr;
}

// "12 verdicts follow: unsupported -> upheld 10, unsupported -> hazardous 2"
std::string FollowersLine(const std::map<std::string, std::size_t>& followers) {
  std::size_t all = 0;
  std::vector<std::string> counts;
  for (const auto& [change, count] : followers) {
    all += count;
    counts.push_back(fmt::format("{} {}", count, change));
  }
  return Paragraph(fmt::format("{} verdict{} from it: {}", all, all == 1 ? " follows" : "s follow",
                               fmt::join(counts, ", ")));
}

std::string RowOfDifference(const Difference& difference) {
  const std::string world =
      difference.world == kNative ? "" : fmt::format(" in {}", difference.world);
  const std::string path = difference.path.empty() ? "" : " " + difference.path;
  return text::Printable(fmt::format("  {:<11}{}{}{}: {} -> {}", difference.kind, difference.name,
                                     path, world, difference.before, difference.after)) +
         "\n";
}

std::string HeadOf(Effect effect) {
  return effect == Effect::kWorse ? "WORSE" : effect == Effect::kNeutral ? "NEUTRAL" : "BETTER";
}

std::string Notes(std::string_view head, const std::vector<std::string>& notes) {
  std::string lines;
  for (const std::string& note : notes)
    lines += Paragraph(note).replace(kEvidenceIndent - 2, 1, "-");
  return notes.empty() ? "" : fmt::format("\n{}\n{}", head, lines);
}

}  // namespace

std::string DiffSentence(const Diff& diff) {
  std::string text;
  for (const Effect effect : {Effect::kWorse, Effect::kNeutral, Effect::kBetter}) {
    const auto count = std::ranges::count(diff.differences, effect, &Difference::effect);
    if (count > 0) text += fmt::format("{}{} {}", text.empty() ? "" : ", ", count, effect);
  }
  if (text.empty())
    text = diff.rows_apart == 0 ? "no difference" : "no difference in what both have";
  if (!diff.accepted.empty()) text += fmt::format(", {} accepted", diff.accepted.size());
  return text;
}

std::vector<std::string> StaleLines(const Diff& diff) {
  std::vector<std::string> lines;
  for (const auto& [place, why] : diff.stale) lines.push_back(fmt::format("{}: {}", place, why));
  return lines;
}

std::string DiffText(const Diff& diff, const DiffSides& sides) {
  std::string out = fmt::format("DIFFERENCES  {}\n", DiffSentence(diff));
  out += SideLine("before", sides.before) + SideLine("now   ", sides.after);
  std::map<const Difference*, std::map<std::string, std::size_t>> followers;
  for (const Difference& each : diff.differences) {
    if (const Difference* leader = LeaderOf(diff, each)) {
      ++followers[leader][fmt::format("{} -> {}", each.before, each.after)];
    }
  }
  for (const Effect effect : {Effect::kWorse, Effect::kNeutral, Effect::kBetter}) {
    std::string rows;
    for (const Difference& each : diff.differences) {
      if (each.effect != effect || LeaderOf(diff, each) != nullptr) continue;
      rows += RowOfDifference(each) + Paragraph(each.evidence);
      const auto led = followers.find(&each);
      if (led != followers.end()) rows += FollowersLine(led->second);
    }
    if (!rows.empty()) out += fmt::format("\n{}\n{}", HeadOf(effect), rows);
  }
  std::vector<std::string> accepted;
  for (const auto& [difference, reason, place] : diff.accepted) {
    accepted.push_back(fmt::format("{} {} {}: {} -> {}: {} ({})", difference.kind, difference.name,
                                   difference.path, difference.before, difference.after, reason,
                                   place));
  }
  return out + CostsText(diff) + Notes("ACCEPTED", accepted) + Notes("STALE", StaleLines(diff)) +
         Notes("NOTES", diff.notes);
}

}  // namespace pidproof::reports::compare
