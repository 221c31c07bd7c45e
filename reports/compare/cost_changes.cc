#include "reports/compare/cost_changes.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <numeric>
#include <optional>

#include "reports/document/cost.h"

namespace pidproof::reports::compare {

namespace {

std::map<std::string_view, const Benchmark*> ByName(const std::vector<Benchmark>& rows) {
  std::map<std::string_view, const Benchmark*> by_name;
  for (const Benchmark& row : rows) by_name[row.name] = &row;
  return by_name;
}

std::vector<std::string> OnlyIn(const std::vector<Benchmark>& rows,
                                const std::vector<Benchmark>& others) {
  const auto there = ByName(others);
  std::vector<std::string> names;
  for (const Benchmark& row : rows) {
    if (!there.contains(row.name)) names.push_back(row.name);
  }
  return names;
}

// How far the floor has moved, as a share: 0.5 for half as long again, or for the inverse.
double DriftOf(const Benchmark& before, const Benchmark& after) {
  return std::exp(std::abs(std::log(*after.median / *before.median))) - 1;
}

// Why nothing is called faster or slower.
std::string NoiseBetween(const Document& before, const Document& after, bool is_one_machine) {
  const std::optional<double> then = NoiseOf(before.benchmarks);
  const std::optional<double> now = NoiseOf(after.benchmarks);
  if (!then || !now) {
    return fmt::format("there is no floor {}", then ? "now" : now ? "before" : "on either side");
  }
  if (std::max(*then, *now) > kMostNoise) {
    return fmt::format("the floor spreads by {:.0f} % before, by {:.0f} % now", *then * 100,
                       *now * 100);
  }
  const Benchmark* floor_then = FloorOf(before.benchmarks);
  const Benchmark* floor_now = FloorOf(after.benchmarks);
  if (is_one_machine && DriftOf(*floor_then, *floor_now) > kMostNoise) {
    return fmt::format(
        "the floor took {:.0f} ns before, {:.0f} ns now: the machine ran at another speed",
        *floor_then->median, *floor_now->median);
  }
  return "";
}

// As WordFor, and by more than 5 % and more than the floor spreads at the near end of the interval.
std::string_view ChangeWord(const CostChange& change, double noise) {
  constexpr double kLeast = 0.05;
  const double by = std::max(change.ratio.low, 1 / change.ratio.high) - 1;
  return by > std::max(kLeast, noise) ? WordFor(change.ratio, change.p, noise) : "~";
}

}  // namespace

std::size_t Costs::Count(std::string_view word) const {
  return static_cast<std::size_t>(std::ranges::count(changes, word, &CostChange::word));
}

std::string OtherMachine(const Document& before, const Document& after) {
  std::vector<std::string> others;
  const auto note = [&](std::string_view what, const std::string& then, const std::string& now) {
    if (then == now) return;
    const auto named = [](const std::string& text) { return text.empty() ? "none" : text; };
    others.push_back(fmt::format("another {}: {} before, {} now", what, named(then), named(now)));
  };
  const auto filters = [](const Host& host) {
    return fmt::format("mode {} with {}", host.seccomp_mode.value_or(0),
                       host.seccomp_filters.value_or(0));
  };
  const Host& then = before.host;
  const Host& now = after.host;
  note("kernel", then.release, now.release);
  note("machine", then.machine, now.machine);
  // It is in a document only where it was asked for.
  if (!then.hostname.empty() && !now.hostname.empty()) {
    note("host name", then.hostname, now.hostname);
  }
  note("emulator", then.emulator, now.emulator);
  note("container", then.container, now.container);
  note("set of security modules", then.security_modules, now.security_modules);
  note("set of seccomp filters", filters(then), filters(now));
  return fmt::format("{}", fmt::join(others, "; "));
}

std::vector<double> ForManyTests(const std::vector<double>& chances) {
  std::vector<std::size_t> order(chances.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::ranges::stable_sort(order, {}, [&](std::size_t i) { return chances[i]; });
  std::vector<double> corrected(chances.size());
  double least = 0;
  for (std::size_t rank = 0; rank < order.size(); ++rank) {
    const auto left = static_cast<double>(order.size() - rank);
    least = std::max(least, std::min(1.0, left * chances[order[rank]]));
    corrected[order[rank]] = least;
  }
  return corrected;
}

Costs CompareCosts(const Document& before, const Document& after) {
  Costs costs;
  costs.only_before = OnlyIn(before.benchmarks, after.benchmarks);
  costs.only_after = OnlyIn(after.benchmarks, before.benchmarks);
  costs.warning = OtherMachine(before, after);
  costs.noise = NoiseBetween(before, after, costs.warning.empty());
  const auto now = ByName(after.benchmarks);
  std::vector<double> chances;
  for (const Benchmark& row : before.benchmarks) {
    const auto found = now.find(row.name);
    if (found == now.end()) continue;
    const Benchmark& other = *found->second;
    if (row.samples.empty() != other.samples.empty()) {
      const bool is_now = other.samples.empty();
      costs.unsupported.push_back({row.name, (is_now ? other : row).unsupported, is_now});
    }
    if (row.samples.empty() || other.samples.empty()) continue;
    const auto compare = [&](std::string name, const std::vector<double>& then,
                             const std::vector<double>& later) {
      if (then.empty() || later.empty()) return;
      costs.changes.push_back({.name = std::move(name),
                               .before = MedianOf(then).value,
                               .after = MedianOf(later).value,
                               .ratio = RatioOf(later, then)});
      chances.push_back(RankTest(later, then));
    };
    compare(row.name, row.samples, other.samples);
    compare(row.name + " (processor time)", row.cpu_samples, other.cpu_samples);
  }
  const std::vector<double> corrected = ForManyTests(chances);
  const double noise =
      std::max(NoiseOf(before.benchmarks).value_or(0), NoiseOf(after.benchmarks).value_or(0));
  for (std::size_t i = 0; i < costs.changes.size(); ++i) {
    costs.changes[i].p = corrected[i];
    if (costs.noise.empty()) costs.changes[i].word = ChangeWord(costs.changes[i], noise);
  }
  return costs;
}

std::vector<std::string> CostLines(const Costs& costs) {
  const std::size_t rows = costs.changes.size();
  std::vector<std::string> lines = {fmt::format("{} row{} compared: {} slower, {} faster", rows,
                                                rows == 1 ? "" : "s", costs.Count("slower"),
                                                costs.Count("faster"))};
  if (!costs.noise.empty()) {
    lines.push_back(
        fmt::format("noisy machine: {}, so nothing is called faster or slower", costs.noise));
  }
  if (!costs.warning.empty()) {
    lines.push_back(
        fmt::format("warning: {}; that may be the cause of each change", costs.warning));
  }
  return lines;
}

}  // namespace pidproof::reports::compare
