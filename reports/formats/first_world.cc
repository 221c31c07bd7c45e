#include "reports/formats/first_world.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <map>
#include <utility>

namespace pidproof::reports::formats {

namespace {

// {6, 12} of "6.12"; {0, 0} of what is no release.
std::pair<int, int> ReleaseOf(std::string_view since) {
  std::pair<int, int> release{0, 0};
  const char* const end = since.data() + since.size();
  const auto [rest, error] = std::from_chars(since.data(), end, release.first);
  if (error == std::errc() && rest != end) std::from_chars(rest + 1, end, release.second);
  return release;
}

// What an older C library lacks, or another process's owner refuses, says nothing of the kernel.
bool IsOfSurroundings(const Feature& feature) {
  return feature.refused_by == "libc" || feature.feature.starts_with("outside/");
}

bool IsUndecided(Verdict verdict) { return ToneOf(verdict) == Tone::kUndecided; }

}  // namespace

std::vector<Feature> FirstWorldFeatures(const Document& document) {
  std::vector<Feature> features;
  for (const Feature& feature : document.features) {
    if (feature.world == document.features.front().world) features.push_back(feature);
  }
  return features;
}

std::string LevelOf(const std::vector<Feature>& features) {
  std::map<std::pair<int, int>, bool> all_present;
  for (const Feature& feature : features) {
    const std::pair<int, int> release = ReleaseOf(feature.since);
    if (release == std::pair(0, 0) || IsOfSurroundings(feature)) continue;
    bool& all = all_present.try_emplace(release, true).first->second;
    all &= feature.availability == Availability::kPresent;
  }
  std::string level;
  for (const auto& [release, all] : all_present) {
    if (!all) break;
    level = fmt::format("{}.{}", release.first, release.second);
  }
  return level;
}

VerdictCounts CountVerdicts(const Document& document) {
  VerdictCounts counts;
  for (const Cell& cell : document.cells) {
    if (cell.world != document.cells.front().world) continue;
    const std::string name = fmt::format("{} {}", cell.scenario, WordOf(cell.path));
    if (cell.verdict == Verdict::kUpheld) ++counts.upheld;
    if (cell.verdict == Verdict::kHazardous) {
      ++counts.hazardous;
      if (cell.path == Path::kPidfd) ++counts.hazardous_by_pidfd;
    }
    if (cell.verdict == Verdict::kViolated) counts.violated.push_back(name);
    if (IsUndecided(cell.verdict)) counts.undecided.push_back(name);
  }
  return counts;
}

}  // namespace pidproof::reports::formats
