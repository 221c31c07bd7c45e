#include <algorithm>
#include <cstdint>

#include "probes/system/errno_name.h"
#include "reports/document/labels.h"
#include "runner/document.h"

namespace pidproof::runner {

namespace {

std::optional<double> FirstHit(const scenarios::Scenario& scenario, scenarios::Path path,
                               const scenarios::Tally& tally) {
  std::optional<double> first;
  for (const auto& [word, seconds] : tally.first) {
    const scenarios::Claim* claim = scenario.FindClaim(path, word);
    if (claim == nullptr || claim->IsHarm()) first = std::min(first.value_or(seconds), seconds);
  }
  return first;
}

std::vector<reports::KernelBug> BugsMet(const scenarios::Scenario& scenario, scenarios::Path path,
                                        const scenarios::Tally& tally) {
  std::vector<reports::KernelBug> met;
  for (const scenarios::Claim& claim : scenario.On(path).claims) {
    const auto observed = tally.outcomes.find(std::string(claim.outcome));
    if (claim.bug.empty() || observed == tally.outcomes.end()) continue;
    met.push_back({std::string(claim.bug), observed->first, observed->second, FixedIn(claim)});
  }
  return met;
}

// Whether the pidfd path needs a feature of that call, and so both paths are asked by it or by what
// stands for it.
bool AsksBy(std::string_view call, const scenarios::Scenario& scenario) {
  return std::ranges::any_of(scenario.pidfd.needs, [&](std::string_view need) {
    return need.find(call) != std::string_view::npos;
  });
}

void SetLabels(reports::Cell& row, const scenarios::Scenario& scenario) {
  const bool by_signal = AsksBy("send_signal", scenario) || AsksBy("legacy/kill", scenario);
  if (by_signal) row.signal_results = reports::SignalResults(row.outcomes);
  if (AsksBy("waitid", scenario)) row.wait_results = reports::WaitResults(row.outcomes);
}

std::string Seen(long saw) {
  return saw < 0 && saw > -4096 ? ErrnoName(static_cast<int>(-saw)) : std::to_string(saw);
}

reports::Record ToRow(const scenarios::Recorded& recorded, std::size_t actors) {
  const scenarios::Perturbation& perturbation = recorded.schedule.perturbation;
  reports::Record row{.outcome = recorded.outcome,
                      .trial = recorded.trial,
                      .place = std::string(Word(perturbation.place)),
                      .pressure = std::string(Word(perturbation.pressure)),
                      .yielding = perturbation.yielding,
                      .offsets = {},
                      .events = {}};
  for (std::size_t i = 0; i < actors; ++i) {
    row.offsets.push_back(static_cast<std::uint64_t>(recorded.schedule.offsets[i]));
  }
  for (const scenarios::Event& event : recorded.events) {
    reports::Event& act = row.events.emplace_back();
    act.at = static_cast<std::uint64_t>(event.begun - recorded.events.front().begun);
    act.actor = event.actor;
    act.call = event.call;
    if (event.ended == 0) continue;
    act.took = static_cast<std::uint64_t>(event.ended - event.begun);
    act.saw = Seen(event.saw);
  }
  return row;
}

}  // namespace

reports::Cell ToRow(std::string_view world, const scenarios::Scenario& scenario,
                    scenarios::Path path, const CellRun& cell, const Judgment& judgment) {
  const scenarios::Tally& tally = cell.tally;
  reports::Cell row{.world = std::string(world),
                    .scenario = std::string(scenario.name),
                    .path = ToRow(path),
                    .verdict = judgment.verdict,
                    .why = judgment.why,
                    .missing = judgment.missing.empty() ? cell.missing : judgment.missing,
                    .trials = tally.trials,
                    .outcomes = tally.outcomes,
                    .kernel_bugs = BugsMet(scenario, path, tally),
                    .seconds = std::nullopt,
                    .baseline_per_second = std::nullopt};
  SetLabels(row, scenario);
  for (const scenarios::Recorded& recorded : tally.recorded) {
    row.records.push_back(ToRow(recorded, tally.actors.size()));
  }
  if (!scenario.IsTorture() || tally.trials == 0) return row;
  row.opportunities = tally.opportunities;
  row.near_misses = tally.near_misses;
  row.hits = Hits(scenario, path, tally);
  row.first_hit = FirstHit(scenario, path, tally);
  row.seconds = tally.seconds;
  if (tally.baseline_per_second > 0) row.baseline_per_second = tally.baseline_per_second;
  row.workers = cell.workers;
  row.opened_by = tally.opened_by;
  for (std::size_t i = 0; i < tally.actors.size() && i < tally.won.size(); ++i) {
    row.acts.push_back({tally.actors[i], tally.began_first[i], tally.won[i]});
  }
  row.stopped_early = tally.exhausted;
  return row;
}

}  // namespace pidproof::runner
