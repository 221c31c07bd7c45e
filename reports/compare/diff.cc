#include "reports/compare/diff.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>
#include <string_view>
#include <tuple>
#include <utility>

#include "reports/compare/diff_cells.h"
#include "reports/compare/diff_costs.h"
#include "reports/compare/diff_supervisors.h"
#include "reports/document/index.h"

namespace pidproof::reports::compare {

namespace {

Effect EffectOfFeature(Availability before, Availability after) {
  if (before == Availability::kPresent) return Effect::kWorse;
  return after == Availability::kPresent ? Effect::kBetter : Effect::kNeutral;
}

void AddFeature(const std::string& world, const std::string& name, Availability before,
                Availability after, std::string evidence, Effect effect, Diff& diff) {
  diff.differences.push_back({.kind = DifferenceKind::kFeature,
                              .effect = effect,
                              .harm = effect == Effect::kWorse ? Harm::kLost : Harm::kNone,
                              .world = world,
                              .name = name,
                              .path = {},
                              .before = std::string(WordOf(before)),
                              .after = std::string(WordOf(after)),
                              .evidence = std::move(evidence),
                              .follows = {}});
}

void CompareFeatures(const Document& before, const Document& after, const Index& index_after,
                     Diff& diff) {
  std::size_t alike = 0;
  for (const Feature& then : before.features) {
    const Feature* now = index_after.FindFeature(then.world, then.feature);
    if (now == nullptr) continue;
    ++alike;
    if (now->availability == then.availability) continue;
    AddFeature(then.world, then.feature, then.availability, now->availability,
               fmt::format("in Linux since {}; now: {}", now->since, now->evidence),
               EffectOfFeature(then.availability, now->availability), diff);
  }
  for (const Proposed& then : before.proposed) {
    const auto now = std::ranges::find(after.proposed, then.feature, &Proposed::feature);
    if (now == after.proposed.end() || now->availability == then.availability) continue;
    AddFeature(std::string(kNative), then.feature, then.availability, now->availability,
               fmt::format("proposed, in no release; now: {}", now->evidence), Effect::kNeutral,
               diff);
  }
  const std::size_t only_before = before.features.size() - alike;
  const std::size_t only_after = after.features.size() - alike;
  diff.rows_apart += only_before + only_after;
  if (only_before + only_after > 0) {
    diff.notes.push_back(fmt::format("features that only one document has: {} before, {} now",
                                     only_before, only_after));
  }
}

// The first line of each kind of trouble; empty where the log was not that of an own kernel.
std::map<std::string, std::string> TroubleOf(const Document& document) {
  std::map<std::string, std::string> kinds;
  if (!KernelComplained(document)) return kinds;
  for (const KernelLogLine& line : *document.kernel_log) kinds.try_emplace(line.kind, line.text);
  return kinds;
}

void AddTrouble(const std::map<std::string, std::string>& met,
                const std::map<std::string, std::string>& other, Effect effect, Diff& diff) {
  for (const auto& [kind, text] : met) {
    if (other.contains(kind)) continue;
    const bool worse = effect == Effect::kWorse;
    diff.differences.push_back({.kind = DifferenceKind::kKernelLog,
                                .effect = effect,
                                .harm = Harm::kKernelLog,
                                .world = std::string(kNative),
                                .name = kind,
                                .path = {},
                                .before = worse ? "none" : "reported",
                                .after = worse ? "reported" : "none",
                                .evidence = text,
                                .follows = {}});
  }
}

void CompareKernelLog(const Document& before, const Document& after, Diff& diff) {
  const auto then = TroubleOf(before);
  const auto now = TroubleOf(after);
  AddTrouble(now, then, Effect::kWorse, diff);
  // Silence of a log that was not watched is none.
  if (after.kernel_log.has_value()) AddTrouble(then, now, Effect::kBetter, diff);
}

// What besides the kernel differs between the two runs.
void NoteHosts(const Document& before, const Document& after, Diff& diff) {
  const auto note = [&](std::string_view what, const std::string& then, const std::string& now) {
    if (then == now) return;
    const auto named = [](const std::string& text) { return text.empty() ? "none" : text; };
    diff.notes.push_back(
        fmt::format("another {}: {} before, {} now", what, named(then), named(now)));
  };
  note("machine", before.host.machine, after.host.machine);
  note("host name", before.host.hostname, after.host.hostname);
  note("version of pidproof", before.tool, after.tool);
  note("C library", before.host.libc, after.host.libc);
  note("user", fmt::format("uid {}", before.host.uid), fmt::format("uid {}", after.host.uid));
  note("isolation", before.host.isolation, after.host.isolation);
  note("set of capabilities", before.host.capabilities, after.host.capabilities);
  note("container", before.host.container, after.host.container);
  note("emulator", before.host.emulator, after.host.emulator);
  note("set of restrictions", before.host.restrictions, after.host.restrictions);
  note("choice of rows", before.run.only, after.run.only);
  const auto kinds = [](const Document& document) {
    return document.run.conformance_only ? "conformance alone" : "all";
  };
  note("choice of scenarios", kinds(before), kinds(after));
}

std::set<std::string> WorldsIn(const Document& document) {
  std::set<std::string> worlds;
  for (const Feature& feature : document.features) worlds.insert(feature.world);
  for (const Cell& cell : document.cells) worlds.insert(cell.world);
  return worlds;
}

bool IsBefore(const Difference& a, const Difference& b) {
  const auto key = [](const Difference& each) {
    return std::tuple(each.effect, each.harm, each.path == "legacy_pid", each.world != kNative,
                      std::string_view(each.world), each.kind, std::string_view(each.name),
                      std::string_view(each.path));
  };
  return key(a) < key(b);
}

// Where one of both holds nothing but costs, or both do.
std::vector<std::string> IncomparableByCosts(const Document& before, const Document& after,
                                             Across across) {
  if (!HoldsCostsAlone(before) || !HoldsCostsAlone(after)) {
    return {fmt::format("the document {} holds nothing but costs: compare it with another such",
                        HoldsCostsAlone(before) ? "before" : "now")};
  }
  std::set<std::string_view> measured;
  for (const Benchmark& row : after.benchmarks) {
    if (row.unsupported.empty()) measured.insert(row.name);
  }
  if (std::ranges::none_of(before.benchmarks, [&](const Benchmark& row) {
        return row.unsupported.empty() && measured.contains(row.name);
      })) {
    return {"there is no cost that both have measured"};
  }
  if (std::string why = IncomparableCosts(before, after, across); !why.empty()) return {why};
  return {};
}

}  // namespace

std::vector<std::string> Incomparable(const Document& before, const Document& after,
                                      Across across) {
  if (HoldsCostsAlone(before) || HoldsCostsAlone(after)) {
    return IncomparableByCosts(before, after, across);
  }
  const std::set<std::string> then = WorldsIn(before);
  const std::set<std::string> now = WorldsIn(after);
  if (then != now) {
    return {fmt::format("other worlds: {} before, {} now; run both with the same --world",
                        fmt::join(then, ", "), fmt::join(now, ", "))};
  }
  const Index index(after);
  const bool meet =
      std::ranges::any_of(before.features,
                          [&](const Feature& row) {
                            return index.FindFeature(row.world, row.feature) != nullptr;
                          }) ||
      std::ranges::any_of(before.cells, [&](const Cell& row) {
        return index.FindCell(row.world, row.scenario, row.path) != nullptr;
      });
  if (!meet) return {"they have no feature and no verdict in common"};
  if (before.tool == after.tool && before.run.only == after.run.only) {
    const auto lost = std::ranges::count_if(before.features, [&](const Feature& row) {
      return index.FindFeature(row.world, row.feature) == nullptr;
    });
    if (lost > 0) {
      return {
          fmt::format("{} features of the first are not in the second, which the same pidproof "
                      "wrote for the same rows",
                      lost)};
    }
  }
  return {};
}

Diff Compare(const Document& before, const Document& after, Across across) {
  Diff diff;
  const Index index_before(before);
  const Index index_after(after);
  NoteHosts(before, after, diff);
  CompareKernelLog(before, after, diff);
  CompareFeatures(before, after, index_after, diff);
  CompareCells(before, index_before, after, index_after, diff);
  AddCosts(before, after, across, diff);
  AddSupervisors(before, after, diff);
  std::ranges::stable_sort(diff.differences, IsBefore);
  return diff;
}

int ExitStatus(const Diff& diff) {
  return std::ranges::any_of(diff.differences,
                             [](const Difference& each) { return each.effect == Effect::kWorse; });
}

}  // namespace pidproof::reports::compare
