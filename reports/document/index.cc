#include "reports/document/index.h"

#include <algorithm>

#include "reports/document/vocabulary.h"

namespace pidproof::reports {
namespace {

template <typename Map>
typename Map::mapped_type Find(const Map& map, const typename Map::key_type& key) {
  const auto found = map.find(key);
  return found == map.end() ? nullptr : found->second;
}

}  // namespace

Index::Index(const Document& document) : document_(document) {
  for (const Feature& feature : document.features) {
    AddWorld(feature.world);
    features_.try_emplace({feature.world, feature.feature}, &feature);
  }
  for (const Cell& cell : document.cells) {
    AddWorld(cell.world);
    cells_.try_emplace({cell.world, cell.scenario, cell.path}, &cell);
  }
  std::ranges::stable_partition(worlds_, [](std::string_view world) { return world == kNative; });
}

void Index::AddWorld(std::string_view world) {
  if (std::ranges::find(worlds_, world) == worlds_.end()) worlds_.push_back(world);
}

const Feature* Index::FindFeature(std::string_view world, std::string_view feature) const {
  return Find(features_, {world, feature});
}

const Cell* Index::FindCell(std::string_view world, std::string_view scenario, Path path) const {
  return Find(cells_, {world, scenario, path});
}

Index::Chosen<const Feature*> Index::Features(std::string_view world) const {
  Chosen<const Feature*> chosen;
  for (const Feature& feature : document_.features) {
    if (feature.world != world) continue;
    ++chosen.of;
    const Feature* native = FindFeature(kNative, feature.feature);
    if (world == kNative || native == nullptr || native->availability != feature.availability) {
      chosen.entries.push_back(&feature);
    }
  }
  return chosen;
}

bool Index::Differs(const Cell* cell) const {
  if (cell == nullptr) return false;
  const Cell* native = FindCell(kNative, cell->scenario, cell->path);
  return native == nullptr || native->verdict != cell->verdict;
}

Index::Chosen<Index::Row> Index::Rows(std::string_view world) const {
  Chosen<Row> chosen;
  for (const Scenario& scenario : document_.scenarios) {
    const Row row{&scenario, FindCell(world, scenario.name, Path::kPidfd),
                  FindCell(world, scenario.name, Path::kLegacyPid)};
    if (row.pidfd == nullptr && row.legacy_pid == nullptr) continue;
    ++chosen.of;
    if (world == kNative || Differs(row.pidfd) || Differs(row.legacy_pid)) {
      chosen.entries.push_back(row);
    }
  }
  return chosen;
}

std::string_view SeccompName(int mode) {
  return mode == 0 ? "none" : mode == 1 ? "strict" : "filter";
}

std::string_view AnswerOf(const Feature& feature) {
  if (!feature.errno_name.empty()) return feature.errno_name;
  return feature.availability == Availability::kUnclear ? "-" : "ok";
}

std::optional<std::uint64_t> RateOf(const Cell& cell) {
  constexpr double kAbsurd = 1e15;
  const double rate = static_cast<double>(cell.trials) / cell.seconds.value_or(0);
  if (!(rate < kAbsurd)) return std::nullopt;
  return static_cast<std::uint64_t>(rate + 0.5);
}

std::vector<std::pair<std::string_view, std::uint64_t>> OutcomesByCount(const Cell& cell) {
  std::vector<std::pair<std::string_view, std::uint64_t>> outcomes(cell.outcomes.begin(),
                                                                   cell.outcomes.end());
  std::ranges::stable_sort(outcomes,
                           [](const auto& a, const auto& b) { return a.second > b.second; });
  return outcomes;
}

}  // namespace pidproof::reports
