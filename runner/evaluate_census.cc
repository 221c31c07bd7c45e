#include "runner/evaluate_census.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>

#include "probes/refusal/evaluate_feature.h"

namespace pidproof::runner {

namespace {

// Nothing was seen of the feature itself: its trial could not be set up, or ended without an
// answer.
bool IsUntried(const Finding& finding) {
  return finding.availability == Availability::kUnclear && finding.saw.empty();
}

// A filter may have done it, and which one is not known.
bool HasNoCulprit(const Finding& finding) {
  return finding.availability == Availability::kFiltered && finding.refused_by.empty();
}

Finding NotProbed(const Probe& probe, const std::string& why) {
  return {.probe = &probe,
          .availability = Availability::kUnclear,
          .saw = "",
          .evidence = fmt::format("not probed: {}", why),
          .kernel_has = "unknown"};
}

// The findings in the order of the probes, one for each.
void AddTheUnprobed(Census& census, const std::vector<const Probe*>& probes) {
  std::vector<Finding> all;
  for (const Probe* probe : probes) {
    const Finding* found = census.Find(probe->name);
    all.push_back(found != nullptr ? *found : NotProbed(*probe, census.failure));
  }
  census.findings = std::move(all);
}

// Takes what the filter says to the feature's calls where that says more than the finding.
void Evaluate(Finding& finding, const std::vector<sock_filter>& filter, const Census& without) {
  const Finding& open = *without.Find(finding.probe->name);
  const Finding evaluated = refusal::EvaluateFeature(*finding.probe, filter, open);
  const bool refused = evaluated.availability == Availability::kFiltered;
  if (!refused && (IsUntried(open) || HasNoCulprit(finding))) return;
  const std::string why = finding.evidence;
  finding = evaluated;
  finding.evidence += fmt::format(" ({})", why);
}

}  // namespace

void CompleteCensus(Census& census, const World& world, double slowdown,
                    const std::vector<const Probe*>& probes, const CpuBudget& budget) {
  if (census.failure.empty() && !census.findings.empty() &&
      std::ranges::all_of(census.findings, IsUntried)) {
    census.failure = fmt::format("none of {} features could be tried, the first for this: {}",
                                 census.findings.size(), census.findings.front().evidence);
  }
  AddTheUnprobed(census, probes);
  const auto is_open = [](const Finding& finding) {
    return IsUntried(finding) || HasNoCulprit(finding);
  };
  if (!world.filters() || std::ranges::none_of(census.findings, is_open)) return;
  World open = world;
  open.refusals.clear();
  open.program.clear();
  const Census without = TakeCensus(open, slowdown, probes, budget);
  const std::vector<sock_filter> filter = CompileFilter(world);
  for (Finding& finding : census.findings) {
    if (is_open(finding)) Evaluate(finding, filter, without);
  }
}

}  // namespace pidproof::runner
