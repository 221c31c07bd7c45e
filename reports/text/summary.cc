#include "reports/text/summary.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <string_view>

#include "reports/document/strength.h"

namespace pidproof::reports::text {
namespace {

template <typename Rows, typename Matches>
std::vector<Counted> CountWords(std::span<const Word> list, const Rows& rows, Matches matches) {
  std::vector<Counted> counts;
  for (const Word& word : list) {
    const auto count =
        std::ranges::count_if(rows, [&](const auto& row) { return matches(row, word.word); });
    if (count > 0) counts.push_back({word, static_cast<std::size_t>(count)});
  }
  return counts;
}

std::size_t RowsOf(Tone tone, const std::vector<Counted>& counts) {
  std::size_t rows = 0;
  for (const Counted& counted : counts) {
    if (counted.word.tone == tone) rows += counted.rows;
  }
  return rows;
}

// What the kernel itself reported, in one sentence.
std::string KernelSentence(const Document& document) {
  const std::size_t lines = document.kernel_log ? document.kernel_log->size() : 0;
  if (lines == 0) return "";
  return fmt::format(" The kernel reported trouble ({} line{} in kernel_log){}.", lines,
                     lines == 1 ? "" : "s",
                     KernelComplained(document) ? "" : ", which others may have caused");
}

// The known bugs that were met, which are hazards, and no violation.
std::string BugSentence(const Document& document) {
  std::set<std::string_view> bugs;
  for (const Cell& cell : document.cells) {
    for (const KernelBug& bug : cell.kernel_bugs) bugs.insert(bug.name);
  }
  if (bugs.empty()) return "";
  return fmt::format(" {} known kernel bug{} met.", bugs.size(), bugs.size() == 1 ? "" : "s");
}

}  // namespace

std::string NamedBadRows(const Document& document) {
  constexpr std::size_t kFew = 3;
  for (const Tone tone : {Tone::kBad, Tone::kUndecided}) {
    std::vector<std::string> rows;
    for (const Cell& cell : document.cells) {
      if (ToneOf(cell.verdict) == tone) {
        rows.push_back(fmt::format("{} {}", cell.scenario, cell.path));
      }
    }
    if (rows.empty()) continue;
    const std::size_t more = rows.size() - std::min(rows.size(), kFew);
    rows.resize(rows.size() - more);
    return fmt::format("{}: {}{}", tone == Tone::kBad ? "violated" : "undecided",
                       fmt::join(rows, ", "), more == 0 ? "" : fmt::format(", and {} more", more));
  }
  return "";
}

Summary Summarize(const Document& document) {
  const std::string world = document.features.empty() ? "" : document.features.front().world;
  Summary summary{.features = CountWords(kAvailabilities, document.features,
                                         [&](const Feature& feature, std::string_view word) {
                                           return feature.world == world &&
                                                  WordOf(feature.availability) == word;
                                         }),
                  .verdicts = CountWords(kVerdicts, document.cells,
                                         [](const Cell& cell, std::string_view word) {
                                           return WordOf(cell.verdict) == word;
                                         }),
                  .evidence = EvidenceSentence(Weigh(document)),
                  .meaning = "",
                  .tone = Tone::kGood};
  const std::size_t violated = RowsOf(Tone::kBad, summary.verdicts);
  const std::size_t undecided = RowsOf(Tone::kUndecided, summary.verdicts);
  const std::size_t quiet = RowsOf(Tone::kQuiet, summary.verdicts);
  if (violated > 0 && undecided > 0) {
    summary.meaning = fmt::format("{} violated, {} could not be decided.", violated, undecided);
  } else if (violated > 0) {
    summary.meaning = fmt::format("{} violated.", violated);
  } else if (undecided > 0) {
    summary.meaning = fmt::format("Nothing violated, but {} could not be decided.", undecided);
  } else if (HoldsCostsAlone(document)) {
    const auto measured = std::ranges::count_if(
        document.benchmarks, [](const Benchmark& row) { return row.unsupported.empty(); });
    summary.meaning =
        fmt::format("{} of {} costs were measured.", measured, document.benchmarks.size());
    summary.tone = Tone::kQuiet;
  } else if (document.cells.empty() && document.features.empty()) {
    summary.meaning = "Nothing was found: there is no feature and no verdict.";
    summary.tone = Tone::kUndecided;
  } else if (document.cells.empty()) {
    summary.meaning = "Nothing violated: no scenario was run.";
  } else if (quiet == document.cells.size()) {
    summary.meaning = "Nothing violated, and nothing shown: no scenario is supported here.";
  } else {
    summary.meaning = "Nothing violated.";
  }
  if (violated > 0) {
    summary.tone = Tone::kBad;
  } else if (undecided > 0) {
    summary.tone = Tone::kUndecided;
  } else if (quiet == document.cells.size() && summary.tone == Tone::kGood) {
    summary.tone = Tone::kQuiet;
  }
  if (!document.run.failure.empty()) {
    summary.meaning =
        fmt::format("Not all could be done: {}. {}", document.run.failure, summary.meaning);
    if (summary.tone != Tone::kBad) summary.tone = Tone::kUndecided;
  }
  summary.meaning += BugSentence(document) + KernelSentence(document);
  if (KernelComplained(document) && summary.tone != Tone::kBad) summary.tone = Tone::kUndecided;
  if (document.run.interrupted) {
    summary.meaning += " The run was interrupted: what it did not reach is missing.";
  }
  return summary;
}

}  // namespace pidproof::reports::text
