#include "reports/document/gaps.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>
#include <utility>

#include "reports/document/vocabulary.h"

namespace pidproof::reports {

namespace {

template <typename Row>
std::set<std::string> WorldsOf(const std::vector<Row>& rows) {
  std::set<std::string> worlds;
  for (const Row& row : rows) worlds.insert(row.world);
  return worlds;
}

// A world whose verdicts are there has features too, unless only other rows were asked for.
std::string MissingFeatures(const Document& document) {
  if (!document.run.only.empty()) return "";
  const std::set<std::string> known = WorldsOf(document.features);
  for (const std::string& world : WorldsOf(document.cells)) {
    if (!known.contains(world)) {
      return fmt::format("there is no feature of the world {}, but there are verdicts", world);
    }
  }
  return "";
}

// Every scenario that was asked has a verdict in each world.
std::string MissingVerdicts(const Document& document) {
  std::set<std::pair<std::string, std::string>> known;
  for (const Cell& cell : document.cells) known.emplace(cell.world, cell.scenario);
  std::set<std::string> worlds = WorldsOf(document.features);
  worlds.merge(WorldsOf(document.cells));
  if (worlds.empty()) worlds.emplace(kNative);
  std::size_t missing = 0;
  std::string first;
  for (const std::string& world : worlds) {
    for (const Scenario& scenario : document.scenarios) {
      if (known.contains({world, scenario.name})) continue;
      if (missing++ == 0) first = fmt::format("{} in the world {}", scenario.name, world);
    }
  }
  if (missing == 0) return "";
  const std::string more = missing == 1 ? "" : fmt::format(", and {} more", missing - 1);
  return fmt::format("there is no verdict of {}{}", first, more);
}

}  // namespace

std::vector<std::string> Gaps(const Document& document) {
  std::vector<std::string> gaps;
  if (!document.run.failure.empty()) gaps.push_back(document.run.failure);
  if (document.run.interrupted) {
    gaps.emplace_back("the run was interrupted, so what it did not reach is missing");
  }
  if (!gaps.empty()) return gaps;
  if (HoldsCostsAlone(document)) return {};
  if (document.features.empty() && document.cells.empty()) {
    return {"nothing was found: there is no feature and no verdict"};
  }
  for (std::string gap : {MissingFeatures(document), MissingVerdicts(document)}) {
    if (!gap.empty()) gaps.push_back(std::move(gap));
  }
  return gaps;
}

std::string WhyUndecided(const Document& document) {
  std::map<std::string, std::size_t> reasons;
  for (const Cell& cell : document.cells) {
    if (cell.verdict != Verdict::kUnsupported) return "";
    ++reasons[cell.why];
  }
  if (reasons.empty()) return "";
  const auto& [why, count] =
      *std::ranges::max_element(reasons, {}, [](const auto& reason) { return reason.second; });
  return fmt::format(
      "nothing was decided: all {} verdicts are unsupported, {} of them for this: {}",
      document.cells.size(), count, why);
}

}  // namespace pidproof::reports
