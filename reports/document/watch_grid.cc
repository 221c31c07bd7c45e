#include "reports/document/watch_grid.h"

#include <algorithm>
#include <charconv>
#include <set>
#include <utility>

namespace pidproof::reports {

namespace {

// 0 where the name does not say.
std::uint64_t ChildrenOf(const Benchmark& row) {
  const std::string_view text = KeyOf(row, "children");
  std::uint64_t children = 0;
  const auto parsed = std::from_chars(text.data(), text.data() + text.size(), children);
  const bool is_number = parsed.ec == std::errc() && parsed.ptr == text.data() + text.size();
  return is_number ? children : 0;
}

}  // namespace

const Benchmark* WatchGrid::Find(std::uint64_t children, const std::string& strategy) const {
  const auto column = by_children.find(children);
  if (column == by_children.end()) return nullptr;
  const auto row = column->second.find(strategy);
  return row == column->second.end() || row->second->samples.empty() ? nullptr : row->second;
}

std::vector<WatchGrid> WatchGridsOf(const std::vector<Benchmark>& rows) {
  std::vector<WatchGrid> grids;
  std::map<std::pair<std::string, std::string>, std::size_t> places;
  std::set<std::pair<std::size_t, std::string>> known;
  for (const Benchmark& row : rows) {
    const std::uint64_t children = ChildrenOf(row);
    if (TopicOf(row) != "watch" || children == 0) continue;
    const std::string load(KeyOf(row, "load"));
    const std::string cpu(KeyOf(row, "cpu"));
    const auto [place, is_new] = places.try_emplace({load, cpu}, grids.size());
    if (is_new) grids.push_back({.load = load, .cpu = cpu, .strategies = {}, .by_children = {}});
    WatchGrid& grid = grids[place->second];
    const std::string strategy(KeyOf(row, "strategy"));
    if (known.emplace(place->second, strategy).second) grid.strategies.push_back(strategy);
    grid.by_children[children][strategy] = &row;
  }
  return grids;
}

}  // namespace pidproof::reports
