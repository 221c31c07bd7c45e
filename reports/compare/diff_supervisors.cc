#include "reports/compare/diff_supervisors.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <string_view>

#include "reports/compare/chance.h"
#include "reports/document/benchmark.h"
#include "reports/document/vocabulary.h"

namespace pidproof::reports::compare::supervisors {

namespace {

struct Mistake {
  std::string_view word;
  std::string_view sentence;
  std::optional<double> Benchmark::*count;
};

constexpr Mistake kMistakes[] = {
    {"misdirected", "stops that hit another worker", &Benchmark::misdirected},
    {"lost", "ends that were not seen", &Benchmark::lost},
    {"double", "ends that were seen twice", &Benchmark::doubled},
};

std::uint64_t CountIn(const Benchmark& row, const Mistake& mistake) {
  return static_cast<std::uint64_t>((row.*mistake.count).value_or(0));
}

Share ShareIn(const Benchmark& row, const Mistake& mistake) {
  const std::uint64_t count = CountIn(row, mistake);
  const auto stops = static_cast<std::uint64_t>(row.stops.value_or(0));
  return {count, std::max({stops, count, std::uint64_t{1}})};
}

std::string In(const Benchmark& row, const Mistake& mistake) {
  return fmt::format("{} {} in {} stops", CountIn(row, mistake), mistake.word,
                     row.stops.value_or(0));
}

void CompareRows(const Benchmark& then, const Benchmark& now, double level, Diff& diff) {
  const bool by_pidfd = KeyOf(then, "path") == WordOf(Path::kPidfd);
  for (const Mistake& mistake : kMistakes) {
    const bool was = CountIn(then, mistake) > 0;
    const bool is = CountIn(now, mistake) > 0;
    if (was == is) continue;
    const bool is_chance = ChanceOf(ShareIn(then, mistake), ShareIn(now, mistake)) >= level;
    if (!by_pidfd && is_chance) continue;
    const Effect effect = !by_pidfd ? Effect::kNeutral : is ? Effect::kWorse : Effect::kBetter;
    diff.differences.push_back({.kind = DifferenceKind::kCost,
                                .effect = effect,
                                .harm = by_pidfd ? Harm::kHarm : Harm::kNone,
                                .world = std::string(kNative),
                                .name = then.name,
                                .path = {},
                                .before = In(then, mistake),
                                .after = In(now, mistake),
                                .evidence = std::string(mistake.sentence),
                                .follows = {}});
  }
}

}  // namespace

}  // namespace pidproof::reports::compare::supervisors

namespace pidproof::reports::compare {

void AddSupervisors(const Document& before, const Document& after, Diff& diff) {
  const auto is_supervisor = [](const Benchmark& row) { return row.stops.has_value(); };
  const auto rows =
      static_cast<std::size_t>(std::ranges::count_if(before.benchmarks, is_supervisor));
  const double level = ChanceLevel(rows * std::size(supervisors::kMistakes));
  for (const Benchmark& then : before.benchmarks) {
    const auto now = std::ranges::find(after.benchmarks, then.name, &Benchmark::name);
    if (!is_supervisor(then) || now == after.benchmarks.end() || !is_supervisor(*now)) continue;
    supervisors::CompareRows(then, *now, level, diff);
  }
}

}  // namespace pidproof::reports::compare
