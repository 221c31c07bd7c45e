#include "runner/session.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <random>
#include <tuple>
#include <vector>

#include "probes/host.h"
#include "reports/fingerprint.h"
#include "runner/cell.h"
#include "runner/census.h"
#include "runner/document.h"
#include "runner/grade.h"
#include "runner/pace.h"
#include "runner/stage.h"
#include "scenarios/scenario.h"

namespace pidproof {

namespace {

using Clock = std::chrono::steady_clock;

std::vector<const Scenario*> Chosen(const Options& options) {
  std::vector<const Scenario*> chosen;
  for (const Scenario* scenario : Registered<Scenario>::All()) {
    if (options.Wants(scenario->name)) chosen.push_back(scenario);
  }
  return chosen;
}

// Shares out among the torture columns that are left what the run may still use up outside.
class OuterBudget {
 public:
  OuterBudget(std::uint64_t allowed, std::size_t columns) : left_(allowed), columns_(columns) {}

  std::uint64_t Share() const { return columns_ == 0 ? left_ : left_ / columns_; }
  void Take(const Scenario& scenario, const Column& column) {
    constexpr std::uint64_t kWardenAndTrial = 2;
    const std::uint64_t taken = column.tally.outer_used + kWardenAndTrial;
    used_ += taken;
    left_ -= std::min(left_, taken);
    if (scenario.kind == Scenario::kTorture && columns_ > 0) --columns_;
  }
  std::uint64_t used() const { return used_; }

 private:
  std::uint64_t left_;
  std::size_t columns_;
  std::uint64_t used_ = 0;
};

void ShowProgress(const Options& options, std::string_view world, const Scenario& scenario,
                  Path path) {
  if (options.quiet || isatty(STDERR_FILENO) == 0) return;
  fmt::print(stderr, "\r\033[K{}: {} {}", world, scenario.name, Word(path));
}

void EndProgress(const Options& options) {
  if (!options.quiet && isatty(STDERR_FILENO) != 0) fmt::print(stderr, "\r\033[K");
}

constexpr Path kPaths[] = {kPidfd, kLegacyPid};

// Both columns are always run: each is the other's control. Only those asked for are told.
void RunScenarios(const Options& options, const HostFacts& facts, const Stage& stage,
                  const std::vector<Census>& censuses, reports::Matrix& matrix) {
  const std::vector<const Scenario*> chosen = Chosen(options);
  const auto tortures = std::count_if(chosen.begin(), chosen.end(), [](const Scenario* scenario) {
    return scenario->kind == Scenario::kTorture;
  });
  constexpr double kSeconds = 20;
  const std::chrono::milliseconds deadline(
      static_cast<std::int64_t>(kSeconds * matrix.run.pace * 1000));
  OuterBudget budget(stage.allowed, static_cast<std::size_t>(tortures) * 2 * censuses.size());
  for (std::size_t i = 0; i < censuses.size(); ++i) {
    std::vector<const Scenario*> order = chosen;
    std::shuffle(order.begin(), order.end(), std::mt19937_64(options.seed));
    for (const Scenario* scenario : order) {
      Column columns[2];
      for (const Path path : kPaths) {
        ShowProgress(options, censuses[i].world, *scenario, path);
        Column& column = columns[path == kLegacyPid];
        column = RunColumn(options.worlds[i], censuses[i], stage, *scenario, path,
                           {options.torture, deadline, budget.Share()});
        budget.Take(*scenario, column);
      }
      for (const Path path : kPaths) {
        if (options.path && *options.path != path) continue;
        const Column& own = columns[path == kLegacyPid];
        const Judgement judgement =
            Judge(*scenario, path, own, columns[path == kPidfd], facts.kernel());
        matrix.cells.push_back(ToRow(censuses[i].world, *scenario, path, own, judgement));
      }
    }
  }
  EndProgress(options);
  std::stable_sort(matrix.cells.begin(), matrix.cells.end(),
                   [](const reports::Cell& a, const reports::Cell& b) {
                     return std::tie(a.world, a.scenario) < std::tie(b.world, b.scenario);
                   });
  for (const Scenario* scenario : chosen) matrix.scenarios.push_back(ToRow(*scenario));
  matrix.run.outer_pids_used = budget.used();
}

}  // namespace

reports::Matrix Investigate(const Options& options) {
  const auto begun = Clock::now();
  const HostFacts facts = ReadHostFacts();
  reports::Matrix matrix;
  matrix.tool = "pidproof " PIDPROOF_VERSION;
  matrix.run.started = Now();
  matrix.run.seed = options.seed;
  matrix.run.pace = MeasurePace();

  std::vector<Census> censuses;
  for (const World& world : options.worlds) {
    for (const std::string& note : world.notes) {
      if (!matrix.run.notes.empty()) matrix.run.notes += "; ";
      matrix.run.notes += fmt::format("{}: {}", world.name, note);
    }
    censuses.push_back(TakeCensus(world, matrix.run.pace));
    if (!censuses.back().failure.empty()) {
      if (!matrix.run.failure.empty()) matrix.run.failure += "; ";
      matrix.run.failure += fmt::format("no census of {}: {}", world.name, censuses.back().failure);
    }
    for (const Finding& finding : censuses.back().findings) {
      if (options.Wants(finding.probe->name)) {
        matrix.features.push_back(ToRow(world.name, finding));
      }
    }
  }
  // Beyond this point nothing asks the kernel what it can do.
  const Stage stage = FindStage(matrix.run.pace, facts.pid_max.value_or(0), options.allow_pid_wrap);
  matrix.host = ToRow(facts, stage);
  if (options.hostname) matrix.host.hostname = HostName();
  matrix.host.fingerprint = reports::Fingerprint(matrix);
  if (options.command == Options::kRun) {
    RunScenarios(options, facts, stage, censuses, matrix);
  }
  matrix.run.seconds = std::chrono::duration<double>(Clock::now() - begun).count();
  return matrix;
}

}  // namespace pidproof
