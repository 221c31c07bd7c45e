#include "reports/gaps.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>
#include <utility>

#include "reports/vocabulary.h"

namespace pidproof::reports {

namespace {

template <typename Row>
std::set<std::string> WorldsOf(const std::vector<Row>& rows) {
  std::set<std::string> worlds;
  for (const Row& row : rows) worlds.insert(row.world);
  return worlds;
}

// A world whose verdicts are there has features too, unless only other rows were asked for.
std::string MissingFeatures(const Matrix& matrix) {
  if (!matrix.run.only.empty()) return "";
  const std::set<std::string> told = WorldsOf(matrix.features);
  for (const std::string& world : WorldsOf(matrix.cells)) {
    if (!told.contains(world)) {
      return fmt::format("there is no feature of the world {}, but there are verdicts", world);
    }
  }
  return "";
}

// Every scenario that was asked has a verdict in each world.
std::string MissingVerdicts(const Matrix& matrix) {
  std::set<std::pair<std::string, std::string>> told;
  for (const Cell& cell : matrix.cells) told.emplace(cell.world, cell.scenario);
  std::set<std::string> worlds = WorldsOf(matrix.features);
  worlds.merge(WorldsOf(matrix.cells));
  if (worlds.empty()) worlds.emplace(kNative);
  std::size_t missing = 0;
  std::string first;
  for (const std::string& world : worlds) {
    for (const Scenario& scenario : matrix.scenarios) {
      if (told.contains({world, scenario.name})) continue;
      if (missing++ == 0) first = fmt::format("{} in the world {}", scenario.name, world);
    }
  }
  if (missing == 0) return "";
  const std::string more = missing == 1 ? "" : fmt::format(", and {} more", missing - 1);
  return fmt::format("there is no verdict of {}{}", first, more);
}

}  // namespace

std::vector<std::string> Gaps(const Matrix& matrix) {
  std::vector<std::string> gaps;
  if (!matrix.run.failure.empty()) gaps.push_back(matrix.run.failure);
  if (matrix.run.interrupted) {
    gaps.emplace_back("the run was interrupted, so what it did not reach is missing");
  }
  if (!gaps.empty()) return gaps;
  if (matrix.features.empty() && matrix.cells.empty()) {
    return {"nothing was found out: there is no feature and no verdict"};
  }
  for (std::string gap : {MissingFeatures(matrix), MissingVerdicts(matrix)}) {
    if (!gap.empty()) gaps.push_back(std::move(gap));
  }
  return gaps;
}

std::string WhyUndecided(const Matrix& matrix) {
  std::map<std::string, std::size_t> reasons;
  for (const Cell& cell : matrix.cells) {
    if (cell.verdict != "unsupported") return "";
    ++reasons[cell.why];
  }
  if (reasons.empty()) return "";
  const auto& [why, count] =
      *std::ranges::max_element(reasons, {}, [](const auto& reason) { return reason.second; });
  return fmt::format(
      "nothing was decided: all {} verdicts are unsupported, {} of them for this: {}",
      matrix.cells.size(), count, why);
}

}  // namespace pidproof::reports
