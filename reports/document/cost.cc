#include "reports/document/cost.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>

namespace pidproof::reports {

namespace {

constexpr std::string_view kPidfdPath = "pidfd";
constexpr std::string_view kLegacyPath = "legacy_pid";

bool IsOf(const Benchmark& row, std::string_view path) {
  return KeyOf(row, "path") == path && row.unsupported.empty();
}

const Benchmark* FindMeasured(const std::vector<Benchmark>& rows, std::string_view name) {
  const auto found = std::ranges::find(rows, name, &Benchmark::name);
  return found == rows.end() || !found->unsupported.empty() || !found->median ? nullptr : &*found;
}

}  // namespace

std::vector<CostPair> PairsOf(const std::vector<Benchmark>& rows) {
  std::map<std::string, const Benchmark*> same;
  std::map<std::string, std::vector<const Benchmark*>> of_any_call;
  for (const Benchmark& row : rows) {
    if (!IsOf(row, kLegacyPath)) continue;
    same[Without(row.name, "path")] = &row;
    of_any_call[Without(Without(row.name, "path"), "call")].push_back(&row);
  }
  std::vector<CostPair> pairs;
  for (const Benchmark& row : rows) {
    if (!IsOf(row, kPidfdPath)) continue;
    const Benchmark* legacy = nullptr;
    const std::string name = Without(row.name, "path");
    const auto& others = of_any_call[Without(name, "call")];
    if (const auto found = same.find(Without(name, "how")); found != same.end()) {
      legacy = found->second;
    } else if (others.size() == 1) {
      legacy = others[0];
    }
    if (legacy == nullptr) continue;
    pairs.push_back({&row, legacy, RatioOf(row.samples, legacy->samples),
                     RankTest(row.samples, legacy->samples)});
  }
  return pairs;
}

std::optional<Estimate> CpuRatioOf(const Benchmark& one, const Benchmark& other) {
  const auto is_known = [](const Benchmark& row) {
    return !row.cpu_samples.empty() && std::ranges::min(row.cpu_samples) > 0;
  };
  if (!is_known(one) || !is_known(other)) return std::nullopt;
  return RatioOf(one.cpu_samples, other.cpu_samples);
}

const Benchmark* FloorOf(const std::vector<Benchmark>& rows) {
  return FindMeasured(rows, "floor/call:getppid");
}

const Benchmark* CreationFloorOf(const std::vector<Benchmark>& rows) {
  return FindMeasured(rows, "floor/call:create_and_reap");
}

std::optional<double> NoiseOf(const std::vector<Benchmark>& rows) {
  const Benchmark* floor = FloorOf(rows);
  if (floor == nullptr || floor->samples.empty() || floor->median.value_or(0) <= 0) {
    return std::nullopt;
  }
  std::vector<double> samples = floor->samples;
  std::ranges::sort(samples);
  const std::size_t quarter = samples.size() / 4;
  return (samples[samples.size() - 1 - quarter] - samples[quarter]) / *floor->median;
}

std::string NoiseReason(std::optional<double> noise) {
  if (!noise) return "there is no floor";
  return *noise > kMostNoise ? fmt::format("the floor spreads by {:.0f} %", *noise * 100) : "";
}

std::string_view WordFor(const Estimate& ratio, double p, std::optional<double> noise) {
  constexpr double kLikely = 0.01;
  constexpr double kLeast = 1.05;
  if (!noise || *noise > kMostNoise || p >= kLikely) return "~";
  return ratio.value > kLeast ? "slower" : ratio.value < 1 / kLeast ? "faster" : "~";
}

std::vector<OwnCost> OwnCostsOf(const std::vector<Benchmark>& rows) {
  // A ratio can be made of it.
  const auto was_measured = [](const Benchmark& row) {
    return row.median.has_value() && !row.samples.empty() && std::ranges::min(row.samples) > 0;
  };
  std::map<std::string, const Benchmark*> floors;
  for (const Benchmark& row : rows) {
    const bool is_floor = TopicOf(row) == "own" && KeyOf(row, "as") == "floor";
    if (is_floor && was_measured(row)) floors[Without(row.name, "as")] = &row;
  }
  std::vector<OwnCost> costs;
  for (const Benchmark& row : rows) {
    if (TopicOf(row) != "own" || KeyOf(row, "as") != "measured" || !was_measured(row)) continue;
    std::string name = Without(row.name, "as");
    while (!name.empty() && !floors.contains(name)) {
      const std::size_t last = name.rfind('/');
      name.resize(last == std::string::npos ? 0 : last);
    }
    if (name.empty()) continue;
    const Benchmark* floor = floors[name];
    costs.push_back({&row, floor, RatioOf(row.samples, floor->samples)});
  }
  return costs;
}

}  // namespace pidproof::reports
