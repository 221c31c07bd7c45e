#include <fmt/format.h>
#include <fnmatch.h>

#include <algorithm>
#include <set>
#include <stdexcept>

#include "reports/compare/diff.h"

namespace pidproof::reports::compare {

namespace {

bool IsLike(const std::string& glob, const std::string& name) {
  return fnmatch(glob.c_str(), name.c_str(), 0) == 0;
}

bool IsAmong(std::string_view word, const std::string& words) {
  return fmt::format("/{}/", words).find(fmt::format("/{}/", word)) != std::string::npos;
}

// The verdict of the row now; empty where there is none.
std::string_view VerdictNow(const Document& after, const Difference& difference) {
  const auto cell = std::ranges::find_if(after.cells, [&](const Cell& each) {
    return each.world == difference.world && each.scenario == difference.name &&
           WordOf(each.path) == difference.path;
  });
  return cell == after.cells.end() ? "" : WordOf(cell->verdict);
}

bool AllowsDifference(const Expectation& line, const Difference& difference,
                      const Document& after) {
  if (line.world != difference.world || !IsLike(line.name, difference.name)) return false;
  switch (difference.kind) {
    case DifferenceKind::kFeature:
      return line.kind == Expectation::kFeature && IsAmong(difference.after, line.word);
    case DifferenceKind::kVerdict:
    case DifferenceKind::kOutcome:
    case DifferenceKind::kRate:
      return line.kind == Expectation::kVerdict && IsLike(line.path, difference.path) &&
             IsAmong(VerdictNow(after, difference), line.word);
    case DifferenceKind::kKernelBug:
      return line.kind == Expectation::kKernelBug;
    case DifferenceKind::kKernelLog:
      return line.kind == Expectation::kKernelLog;
    case DifferenceKind::kCost:
      return line.kind == Expectation::kCost;
  }
  return false;
}

bool IsKnown(const Expectation& line, const Document& after) {
  const auto bug_like = [&](const Cell& cell) {
    return std::ranges::any_of(cell.kernel_bugs,
                               [&](const KernelBug& bug) { return IsLike(line.name, bug.name); });
  };
  switch (line.kind) {
    case Expectation::kFeature:
      return std::ranges::any_of(after.features, [&](const Feature& row) {
        return row.world == line.world && IsLike(line.name, row.feature);
      });
    case Expectation::kKernelBug:
      return std::ranges::any_of(after.cells, bug_like);
    case Expectation::kKernelLog:
      return true;
    case Expectation::kCost:
      return std::ranges::any_of(after.benchmarks,
                                 [&](const Benchmark& row) { return IsLike(line.name, row.name); });
    default:
      return std::ranges::any_of(after.cells, [&](const Cell& row) {
        return row.world == line.world && IsLike(line.name, row.scenario);
      });
  }
}

}  // namespace

void RefuseUnacceptable(const Expectation& line) {
  if (line.kind != Expectation::kBound) return;
  throw std::runtime_error(fmt::format(
      "{}: a bound is no difference; use feature, verdict, kernel_bug, kernel_log or cost",
      line.place));
}

void Accept(const std::vector<Expectation>& lines, const Document& after, Diff& diff) {
  std::set<const Expectation*> used;
  std::vector<Difference> left;
  for (Difference& difference : diff.differences) {
    const auto line = std::ranges::find_if(
        lines, [&](const Expectation& each) { return AllowsDifference(each, difference, after); });
    if (line == lines.end()) {
      left.push_back(std::move(difference));
    } else {
      used.insert(&*line);
      diff.accepted.push_back({std::move(difference), line->reason, line->place});
    }
  }
  diff.differences = std::move(left);
  for (const Expectation& line : lines) {
    if (line.included || used.contains(&line)) continue;
    diff.stale.push_back({line.place, fmt::format("{} {}; remove the line",
                                                  IsKnown(line, after) ? "no such difference of"
                                                                       : "no document row is named",
                                                  line.name)});
  }
}

}  // namespace pidproof::reports::compare
