#include "reports/text/race_summary.h"

#include <fmt/format.h>

#include <algorithm>

#include "reports/document/statistics.h"
#include "reports/text/text_layout.h"

namespace pidproof::reports::text {

namespace {

std::string Opened(const Cell& cell) {
  const std::string how = cell.opened_by.empty() ? "" : fmt::format(" ({})", cell.opened_by);
  std::string sentence = fmt::format(
      "window{} open in {} of the trials", how,
      Percent(static_cast<double>(*cell.opportunities) / static_cast<double>(cell.trials)));
  if (cell.near_misses.value_or(0) > 0) {
    sentence += fmt::format(", missed by little in {}", Thousands(*cell.near_misses));
  }
  if (cell.workers.value_or(1) > 1) sentence += fmt::format("; {} workers", *cell.workers);
  return sentence;
}

// The share of each act in the total of a count, or nothing where the total is 0.
std::string Shares(const Cell& cell, std::string_view title, std::uint64_t Act::*count) {
  std::uint64_t all = 0;
  for (const Act& act : cell.acts) all += act.*count;
  if (all == 0) return "";
  const auto percent = [&](const Act& act) {
    return 100 * static_cast<double>(act.*count) / static_cast<double>(all);
  };
  constexpr std::size_t kFewNamed = 4;
  if (cell.acts.size() > kFewNamed) {
    const auto [least, most] = std::ranges::minmax(cell.acts, {}, count);
    return fmt::format("{}: each of {} acts, {:.0f} % to {:.0f} %", title, cell.acts.size(),
                       percent(least), percent(most));
  }
  std::string shares;
  for (const Act& act : cell.acts) {
    shares += fmt::format("{}{} {:.0f} %", shares.empty() ? "" : ", ", act.act, percent(act));
  }
  return fmt::format("{}: {}", title, shares);
}

}  // namespace

std::vector<std::string> RaceSentences(const Cell& cell) {
  if (!cell.opportunities || cell.trials == 0) return {};
  std::vector<std::string> sentences{Opened(cell)};
  for (const std::string& shares :
       {Shares(cell, "first to begin", &Act::began_first), Shares(cell, "won", &Act::won)}) {
    if (!shares.empty()) sentences.push_back(shares);
  }
  if (cell.stopped_early) {
    sentences.push_back(
        "stopped early: the host PID budget was used up (--allow-pid-wrap lifts it)");
  }
  return sentences;
}

std::vector<std::string> BugSentences(const Cell& cell) {
  std::vector<std::string> sentences;
  for (const KernelBug& bug : cell.kernel_bugs) {
    const std::string rate =
        cell.opportunities ? ": " + RateSentence(bug.hits, std::max(bug.hits, *cell.opportunities))
                           : "";
    sentences.push_back(fmt::format("kernel bug {} ({}){}; fixed in {}", bug.name, bug.outcome,
                                    rate, bug.fixed_in.empty() ? "no release yet" : bug.fixed_in));
  }
  return sentences;
}

}  // namespace pidproof::reports::text
