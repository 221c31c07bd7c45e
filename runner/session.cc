#include "runner/session.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <iterator>
#include <random>
#include <tuple>
#include <vector>

#include "probes/system/host.h"
#include "reports/document/fingerprint.h"
#include "runner/census.h"
#include "runner/choice.h"
#include "runner/conformance.h"
#include "runner/document.h"
#include "runner/host_pids.h"
#include "runner/judge.h"
#include "runner/kernel_log.h"
#include "runner/reporter.h"
#include "runner/restricted.h"
#include "runner/run_cell.h"
#include "runner/sandbox.h"
#include "runner/slowdown.h"
#include "runner/torture.h"
#include "scenarios/scenario.h"

namespace pidproof {

namespace {

using Clock = std::chrono::steady_clock;

constexpr Path kPaths[] = {kPidfd, kLegacyPid};

const CellRun& Of(const CellRuns& columns, Path path) { return columns[path == kLegacyPid]; }

// Everything that the columns of one run have in common.
struct RunPlan {
  const Options& options;
  const Stage& stage;
  Restrictions* restrictions;  // of the world that is under way
  Limits allowance;
  std::vector<const Scenario*> order;
};

// A pretended kernel has no release to hold its answers against.
Release KernelOf(const World& world, const HostFacts& facts) {
  return world.pretends() ? Release{} : facts.kernel();
}

// How the run stands when something is recorded.
enum class Moment {
  kUnderWay,  // others run beside it, so nothing is found out about the surroundings
  kDone,
};

void Record(const RunPlan& course, const HostFacts& facts, const World& world,
            const Scenario& scenario, const CellRuns& columns, Moment moment,
            reports::Document& document) {
  for (const Path path : kPaths) {
    if (course.options.path && *course.options.path != path) continue;
    const CellRun& own = Of(columns, path);
    if (own.ended.how == Ended::kStopped && own.tally.trials == 0) continue;  // not reached
    const CellRun& other = Of(columns, path == kPidfd ? kLegacyPid : kPidfd);
    Judgment judgement = Judge(scenario, path, own, other, KernelOf(world, facts));
    if (IsBad(judgement.verdict)) {
      judgement = UnderRestrictions(
          judgement, scenario, path, own, other,
          moment == Moment::kDone ? course.restrictions->Find() : course.restrictions->Known());
    }
    document.cells.push_back(ToRow(world.name, scenario, path, own, judgement));
  }
}

std::vector<const Scenario*> OfKind(const std::vector<const Scenario*>& chosen, bool torture) {
  std::vector<const Scenario*> some;
  std::ranges::copy_if(chosen, std::back_inserter(some),
                       [&](const Scenario* scenario) { return scenario->IsTorture() == torture; });
  return some;
}

// Whether a column has not been reached: another lane is still to do it, or an interrupt came
// first.
bool IsUndone(const CellRuns& columns) {
  return std::ranges::any_of(columns, [](const CellRun& column) {
    return column.ended.how == Ended::kStopped ||
           (column.ended.how == Ended::kBroken && IsolatingIsStopped());
  });
}

// The rows in the order of the document.
void Arrange(const std::vector<const Scenario*>& chosen, reports::Document& document) {
  std::stable_sort(document.cells.begin(), document.cells.end(),
                   [](const reports::Cell& a, const reports::Cell& b) {
                     return std::tie(a.world, a.scenario) < std::tie(b.world, b.scenario);
                   });
  for (const Scenario* scenario : chosen) document.scenarios.push_back(ToRow(*scenario));
}

// The conformance of one world, recorded as it grows.
void RecordConformance(const RunPlan& course, const HostFacts& facts, const World& world,
                       const Census& census, HostPids& budget, Reporter& reporter,
                       const std::function<void(reports::Document&)>& arrange,
                       reports::Document& document) {
  const auto record = [&](const std::vector<CellRun>& quick, Moment moment,
                          reports::Document& into) {
    std::uint64_t taken = 0;
    for (std::size_t job = 0; job < quick.size(); job += 2) {
      const CellRuns columns{quick[job], quick[job + 1]};
      if (IsUndone(columns)) continue;
      for (const CellRun& column : columns) taken += TakenOutside(column);
      Record(course, facts, world, *course.order[job / 2], columns, moment, into);
    }
    return taken;
  };
  const auto keep = [&](const std::vector<CellRun>& so_far) {
    if (!reporter.WantsToKeep()) return;
    reports::Document matrix_so_far = document;
    const std::uint64_t taken = record(so_far, Moment::kUnderWay, matrix_so_far);
    arrange(matrix_so_far);
    matrix_so_far.run.host_pids_used = budget.used() + course.stage.dealt.size() + taken;
    reporter.KeepSoFar(std::move(matrix_so_far));
  };
  const ConformanceCourse asked{course.options,   world,        census,       course.stage,
                                course.allowance, course.order, budget.left()};
  budget.Take(record(RunConformance(asked, keep), Moment::kDone, document));
}

// The torture of one world, recorded as it grows.
void RecordTortures(const RunPlan& course, const HostFacts& facts, const World& world,
                    const Census& census, double slowdown, HostPids& budget, Reporter& reporter,
                    const std::function<void(reports::Document&)>& arrange,
                    reports::Document& document) {
  TorturePlan torture{course.options,   world,    census,      course.stage,
                      course.allowance, slowdown, course.order};
  torture.allowance.kernel = KernelOf(world, facts);
  const auto record = [&](const std::vector<CellRuns>& played, Moment moment,
                          reports::Document& into) {
    for (std::size_t i = 0; i < played.size(); ++i) {
      Record(course, facts, world, *course.order[i], played[i], moment, into);
    }
  };
  const auto keep = [&](const std::vector<CellRuns>& so_far, std::uint64_t outer_used) {
    reports::Document matrix_so_far = document;
    record(so_far, Moment::kUnderWay, matrix_so_far);
    arrange(matrix_so_far);
    matrix_so_far.run.host_pids_used = budget.used() + course.stage.dealt.size() + outer_used;
    reporter.KeepSoFar(std::move(matrix_so_far));
  };
  record(RunTortures(torture, budget, reporter, keep), Moment::kDone, document);
}

// Where a filter refuses what every stage rests on, a trial may wait for what cannot come: nothing
// is learnt by waiting for long.
std::chrono::milliseconds DeadlineUnder(const World& world, const HostFacts& facts,
                                        Restrictions& restrictions,
                                        std::chrono::milliseconds deadline) {
  constexpr int kShare = 20;
  if (!world.filters() && facts.seccomp_mode.value_or(0) == 0) return deadline;
  const bool spoilt = std::ranges::any_of(restrictions.Find(), &Restriction::spoils_everything);
  return spoilt ? deadline / kShare : deadline;
}

std::string Names(const std::vector<Restriction>& restrictions) {
  std::vector<std::string> names;
  for (const Restriction& restriction : restrictions) names.push_back(restriction.name);
  return fmt::format("{}", fmt::join(names, ", "));
}

void RunScenarios(const Options& options, const HostFacts& facts, const Stage& stage,
                  const std::vector<const Scenario*>& chosen, const std::vector<Census>& censuses,
                  Reporter& reporter, reports::Document& document) {
  std::vector<const Scenario*> tortures = OfKind(chosen, true);
  std::size_t loops = 0;
  for (const Scenario* scenario : tortures) {
    for (const Path path : kPaths) loops += IsWanted(options, *scenario, path) ? 1 : 0;
  }
  HostPids budget(stage.allowed, loops * censuses.size(), !stage.dealt.empty());
  reporter.Expect(tortures.size() * (options.path ? 1 : std::size(kPaths)) * censuses.size());
  const Limits allowance = LimitsFor(options, document.run.slowdown);
  RunPlan course{options, stage, nullptr, allowance, {}};
  const auto arrange = [&](reports::Document& so_far) { Arrange(chosen, so_far); };
  reports::Document features_alone = document;
  arrange(features_alone);
  reporter.KeepSoFar(std::move(features_alone));
  for (std::size_t i = 0; i < censuses.size(); ++i) {
    const World& world = options.worlds[i];
    Restrictions restrictions(world, stage.isolation, allowance.deadline);
    course.restrictions = &restrictions;
    course.allowance.deadline = DeadlineUnder(world, facts, restrictions, allowance.deadline);
    course.allowance.deal.own_pid_max = censuses[i].Has(kOwnPidMax);
    course.order = OfKind(chosen, false);
    std::shuffle(course.order.begin(), course.order.end(), std::mt19937_64(options.seed));
    RecordConformance(course, facts, world, censuses[i], budget, reporter, arrange, document);
    course.order = tortures;
    std::shuffle(course.order.begin(), course.order.end(), std::mt19937_64(options.seed));
    RecordTortures(course, facts, world, censuses[i], document.run.slowdown, budget, reporter,
                   arrange, document);
    if (!world.pretends()) document.host.restrictions = Names(restrictions.Known());
  }
  Arrange(chosen, document);
  document.run.host_pids_used = budget.used() + stage.dealt.size();
}

}  // namespace

Limits LimitsFor(const Options& options, double slowdown) {
  constexpr double kSeconds = 20;
  constexpr double kPatience = 10;  // times the budget, on a machine of the usual slowdown
  constexpr std::chrono::nanoseconds kLeastPatience = std::chrono::seconds(2);
  constexpr std::chrono::nanoseconds kMostPatience = std::chrono::seconds(20);
  Limits allowance{
      .torture = options.torture,
      .deadline = std::chrono::milliseconds(static_cast<std::int64_t>(kSeconds * slowdown * 1000)),
      .seed = options.seed,
      .workers = options.jobs,
      .deal = {.first = options.pid_method, .may_walk = options.allow_pid_wrap}};
  allowance.torture.patience = kMostPatience;
  if (options.torture.time < kMostPatience) {
    const auto patience = std::max(options.torture.time * kPatience,
                                   std::chrono::duration<double, std::nano>(kLeastPatience)) *
                          slowdown;
    allowance.torture.patience =
        std::min(std::chrono::duration_cast<std::chrono::nanoseconds>(patience), kMostPatience);
  }
  return allowance;
}

reports::Document RunSession(const Options& options,
                             const std::function<void(const reports::Document&)>& keep) {
  const auto begun = Clock::now();
  const HostFacts facts = ReadHostFacts();
  KernelLog kernel_log(options, facts);
  reports::Document document;
  document.tool = "pidproof " PIDPROOF_VERSION;
  document.run.started = Now();
  document.run.seed = options.seed;
  document.run.only = fmt::format("{}", fmt::join(options.only, " "));
  document.run.slowdown = MeasureSlowdown();

  const std::vector<const Scenario*> chosen = ChosenScenarios(options);
  const std::vector<const Probe*> probes = ChosenProbes(options, chosen);
  std::vector<Census> censuses;
  for (const World& world : options.worlds) {
    for (const std::string& note : world.notes) {
      if (!document.run.notes.empty()) document.run.notes += "; ";
      document.run.notes += fmt::format("{}: {}", world.name, note);
    }
    censuses.push_back(TakeCensus(world, document.run.slowdown, probes));
    if (!censuses.back().failure.empty()) {
      if (!document.run.failure.empty()) document.run.failure += "; ";
      document.run.failure +=
          fmt::format("no census of {}: {}", world.name, censuses.back().failure);
    }
  }
  CompareCensuses(options.worlds, censuses);
  for (const Census& census : censuses) {
    for (const Finding& finding : census.findings) {
      document.features.push_back(ToRow(census.world, finding));
    }
  }
  // Beyond this point nothing asks the kernel what it can do.
  const Stage stage = FindStage(document.run.slowdown, facts.pid_max.value_or(0),
                                options.allow_pid_wrap, NumbersToDeal(chosen, options.jobs));
  document.host = ToRow(facts, stage);
  if (options.hostname) document.host.hostname = HostName();
  // It is over all features, and says nothing of a part of them.
  const bool is_whole = probes.size() == Registered<Probe>::All().size();
  if (is_whole) document.host.fingerprint = reports::Fingerprint(document);
  std::erase_if(document.features,
                [&](const reports::Feature& row) { return !options.Wants(row.feature); });
  if (!options.probe_only) {
    Reporter reporter(options, keep);
    RunScenarios(options, facts, stage, chosen, censuses, reporter, document);
  }
  kernel_log.RecordIn(document);
  document.run.interrupted = IsolatingIsStopped();
  document.run.seconds = std::chrono::duration<double>(Clock::now() - begun).count();
  return document;
}

}  // namespace pidproof
