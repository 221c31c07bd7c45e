#include "runner/session.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdio>
#include <iterator>
#include <random>
#include <tuple>
#include <vector>

#include "probes/host.h"
#include "reports/fingerprint.h"
#include "runner/cell.h"
#include "runner/census.h"
#include "runner/document.h"
#include "runner/grade.h"
#include "runner/lanes.h"
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
    if (scenario.kind == Scenario::kTorture && columns_ > 0) --columns_;
    if (!column.lacks.empty()) return;
    constexpr std::uint64_t kWardenAndTrial = 2;
    const std::uint64_t taken = column.tally.outer_used + kWardenAndTrial;
    used_ += taken;
    left_ -= std::min(left_, taken);
  }
  std::uint64_t left() const { return left_; }
  std::uint64_t used() const { return used_; }

 private:
  std::uint64_t left_;
  std::size_t columns_;
  std::uint64_t used_ = 0;
};

// Tells the user, and whoever keeps the document so far, how far the run has come.
class Reporter {
 public:
  Reporter(const Options& options, const std::function<void(const reports::Matrix&)>& keep)
      : shows_(!options.quiet && isatty(STDERR_FILENO) != 0), options_(options), keep_(keep) {}
  ~Reporter() {
    if (shows_) fmt::print(stderr, "\r\033[K");
  }

  void Show(std::string_view world, const Scenario& scenario, Path path, const Column& column) {
    if (!shows_) return;
    const Tally& tally = column.tally;
    const double rate = tally.seconds > 0 ? static_cast<double>(tally.trials) / tally.seconds : 0;
    const double left = std::chrono::duration<double>(options_.torture).count() - tally.seconds;
    fmt::print(stderr, "\r\033[K{}: {} {}: {} trials, {:.0f} a second, {:.0f} s left", world,
               scenario.name, Word(path), tally.trials, rate, std::max(0.0, left));
  }

  bool WantsToKeep() {
    constexpr std::chrono::seconds kBetween{1};
    const auto now = Clock::now();
    if (!keep_ || now - kept_ < kBetween) return false;
    kept_ = now;
    return true;
  }

  void Keep(reports::Matrix so_far) const {
    so_far.run.interrupted = true;
    keep_(so_far);
  }

 private:
  bool shows_;
  const Options& options_;
  const std::function<void(const reports::Matrix&)>& keep_;
  Clock::time_point kept_ = Clock::now();
};

constexpr Path kPaths[] = {kPidfd, kLegacyPid};

// Both columns of a scenario: each is the other's control, so both are always run.
using Columns = std::array<Column, 2>;

const Column& Of(const Columns& columns, Path path) { return columns[path == kLegacyPid]; }

// Everything that the columns of one run have in common.
struct Course {
  const Options& options;
  const Stage& stage;
  std::chrono::milliseconds deadline;
  std::vector<const Scenario*> order;
};

// The outer numbers that are this lane's to deal: no two lanes may want the same at once.
Stage ShareOf(const Stage& stage, std::size_t lane, std::size_t lanes) {
  Stage share = stage;
  share.dealt.clear();
  for (std::size_t i = lane; i < stage.dealt.size(); i += lanes) {
    share.dealt.push_back(stage.dealt[i]);
  }
  return share;
}

// What a column of one trial takes outside, with its warden; on the average, and a little more.
constexpr std::uint64_t kNumbersPerColumn = 4;

Column TooMany() {
  Column column;
  column.lacks =
      "more would use up half of the pid numbers outside, which others need (--allow-pid-wrap goes "
      "on)";
  return column;
}

// Conformance scenarios are short and do not mind each other: as many at once as there are lanes.
std::vector<Column> RunConformance(const Course& course, const World& world, const Census& census,
                                   std::uint64_t outer_numbers) {
  const std::size_t lanes = course.options.jobs;
  const std::size_t jobs = course.order.size() * 2;
  return RunInLanes(lanes, jobs, course.deadline * static_cast<std::int64_t>(jobs + 1),
                    [&](std::size_t job, std::size_t lane) {
                      if (job >= outer_numbers / kNumbersPerColumn) return TooMany();
                      return RunColumn(
                          world, census, ShareOf(course.stage, lane, lanes), *course.order[job / 2],
                          kPaths[job % 2],
                          {course.options.torture, course.deadline, kNumbersPerColumn});
                    });
}

void Record(const Course& course, const HostFacts& facts, const World& world,
            const Scenario& scenario, const Columns& columns, reports::Matrix& matrix) {
  for (const Path path : kPaths) {
    if (course.options.path && *course.options.path != path) continue;
    const Column& own = Of(columns, path);
    if (own.ended.how == Ended::kStopped && own.tally.trials == 0) continue;  // not reached
    const Column& other = Of(columns, path == kPidfd ? kLegacyPid : kPidfd);
    // A pretended kernel has no release to hold its answers against.
    const Release kernel = world.filters() ? Release{} : facts.kernel();
    const Judgement judgement = Judge(scenario, path, own, other, kernel);
    matrix.cells.push_back(ToRow(world.name, scenario, path, own, judgement));
  }
}

std::vector<const Scenario*> OfKind(const std::vector<const Scenario*>& chosen,
                                    Scenario::Kind kind) {
  std::vector<const Scenario*> some;
  std::ranges::copy_if(chosen, std::back_inserter(some),
                       [&](const Scenario* scenario) { return scenario->kind == kind; });
  return some;
}

// Whether an interrupt came before both columns were done: the lane that had them was stopped.
bool IsUndone(const Columns& columns) {
  return IsolatingIsStopped() && std::ranges::any_of(columns, [](const Column& column) {
           return column.ended.how == Ended::kBroken;
         });
}

// The rows in the order of the document.
void Arrange(const std::vector<const Scenario*>& chosen, reports::Matrix& matrix) {
  std::stable_sort(matrix.cells.begin(), matrix.cells.end(),
                   [](const reports::Cell& a, const reports::Cell& b) {
                     return std::tie(a.world, a.scenario) < std::tie(b.world, b.scenario);
                   });
  for (const Scenario* scenario : chosen) matrix.scenarios.push_back(ToRow(*scenario));
}

void RunScenarios(const Options& options, const HostFacts& facts, const Stage& stage,
                  const std::vector<Census>& censuses, Reporter& reporter,
                  reports::Matrix& matrix) {
  const std::vector<const Scenario*> chosen = Chosen(options);
  std::vector<const Scenario*> tortures = OfKind(chosen, Scenario::kTorture);
  constexpr double kSeconds = 20;
  const std::chrono::milliseconds deadline(
      static_cast<std::int64_t>(kSeconds * matrix.run.pace * 1000));
  OuterBudget budget(stage.allowed, tortures.size() * 2 * censuses.size());
  Course course{options, stage, deadline, OfKind(chosen, Scenario::kConformance)};
  for (std::size_t i = 0; i < censuses.size(); ++i) {
    const World& world = options.worlds[i];
    std::shuffle(course.order.begin(), course.order.end(), std::mt19937_64(options.seed));
    const std::vector<Column> quick = RunConformance(course, world, censuses[i], budget.left());
    for (std::size_t job = 0; job < quick.size(); job += 2) {
      const Scenario& scenario = *course.order[job / 2];
      const Columns columns{quick[job], quick[job + 1]};
      if (IsUndone(columns)) continue;
      for (const Column& column : columns) budget.Take(scenario, column);
      Record(course, facts, world, scenario, columns, matrix);
    }
    std::shuffle(tortures.begin(), tortures.end(), std::mt19937_64(options.seed));
    for (const Scenario* scenario : tortures) {
      if (IsolatingIsStopped()) break;
      Columns columns;
      for (const Path path : kPaths) {
        Column& column = columns[path == kLegacyPid];
        column = RunColumn(world, censuses[i], stage, *scenario, path,
                           {options.torture, deadline, budget.Share()}, [&](const Column& so_far) {
                             reporter.Show(world.name, *scenario, path, so_far);
                             if (!reporter.WantsToKeep()) return;
                             columns[path == kLegacyPid] = so_far;
                             reports::Matrix matrix_so_far = matrix;
                             Record(course, facts, world, *scenario, columns, matrix_so_far);
                             Arrange(chosen, matrix_so_far);
                             reporter.Keep(std::move(matrix_so_far));
                           });
        budget.Take(*scenario, column);
      }
      Record(course, facts, world, *scenario, columns, matrix);
    }
  }
  Arrange(chosen, matrix);
  matrix.run.outer_pids_used = budget.used();
}

}  // namespace

reports::Matrix Investigate(const Options& options,
                            const std::function<void(const reports::Matrix&)>& keep) {
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
      matrix.features.push_back(ToRow(world.name, finding));
    }
  }
  // Beyond this point nothing asks the kernel what it can do.
  const Stage stage = FindStage(matrix.run.pace, facts.pid_max.value_or(0), options.allow_pid_wrap);
  matrix.host = ToRow(facts, stage);
  if (options.hostname) matrix.host.hostname = HostName();
  matrix.host.fingerprint = reports::Fingerprint(matrix);
  std::erase_if(matrix.features,
                [&](const reports::Feature& row) { return !options.Wants(row.feature); });
  if (options.command == Options::kRun) {
    Reporter reporter(options, keep);
    RunScenarios(options, facts, stage, censuses, reporter, matrix);
  }
  matrix.run.interrupted = IsolatingIsStopped();
  matrix.run.seconds = std::chrono::duration<double>(Clock::now() - begun).count();
  return matrix;
}

}  // namespace pidproof
