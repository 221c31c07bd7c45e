#include "runner/benchmarks/full_document.h"

#include <errno.h>
#include <fmt/format.h>

#include <random>
#include <string>

#include "probes/probe.h"
#include "probes/registry.h"
#include "reports/document/samples.h"
#include "runner/document.h"
#include "runner/judge.h"
#include "scenarios/torture.h"

namespace pidproof::runner::benchmarks {

namespace {

using scenarios::AllScenarios;
using scenarios::Claim;
using scenarios::Scenario;
using Random = std::mt19937_64;

std::uint64_t Draw(Random& random, std::uint64_t most) { return random() % (most + 1); }
bool OneInTen(Random& random) { return Draw(random, 9) == 0; }

// The claims whose outcome a sound kernel may show; where there are some, without harms.
std::vector<const Claim*> Allowed(const Scenario& scenario, scenarios::Path path) {
  std::vector<const Claim*> allowed;
  std::vector<const Claim*> harms;
  for (const Claim& claim : scenario.On(path).claims) {
    if (claim.expect == scenarios::kNever || !claim.bug.empty()) continue;
    (claim.IsHarm() ? harms : allowed).push_back(&claim);
  }
  if (scenario.IsTorture()) allowed.insert(allowed.end(), harms.begin(), harms.end());
  return allowed.empty() ? harms : allowed;
}

void ShowRace(const std::vector<const Claim*>& allowed, Random& random, scenarios::Tally& tally) {
  for (const Claim* claim : allowed) {
    const std::uint64_t count = 1 + Draw(random, 3'000);
    tally.outcomes[std::string(claim->outcome)] = count;
    tally.first[std::string(claim->outcome)] = 0.001;
    tally.trials += count;
  }
  tally.opportunities = tally.trials / 2;
  tally.near_misses = tally.trials / 10;
  tally.seconds = 0.3;
  tally.baseline_per_second = 90'000;
  tally.opened_by = "acts at once";
  tally.actors = {"kill, waitid(WNOWAIT)", "the call under test"};
  tally.began_first = {tally.trials / 2, tally.trials / 2};
  tally.won = {tally.trials / 4, tally.trials / 4};
}

CellRun Show(const Scenario& scenario, scenarios::Path path, Random& random) {
  CellRun run;
  const std::vector<const Claim*> allowed = Allowed(scenario, path);
  const scenarios::Side& side = scenario.On(path);
  if (!side.not_possible.empty() || allowed.empty()) {
    run.lacks = fmt::format("no PID can ask this: {}", side.not_possible);
  } else if (OneInTen(random) && !side.needs.empty()) {
    run.lacks = fmt::format("needs {}, which is absent", side.needs.front());
    run.missing = side.needs.front();
  } else if (scenario.IsTorture()) {
    ShowRace(allowed, random, run.tally);
  } else {
    run.tally.trials = 1;
    run.tally.opportunities = 1;
    run.tally.outcomes[std::string(allowed[Draw(random, allowed.size() - 1)]->outcome)] = 1;
  }
  return run;
}

void AddFeatures(Random& random, reports::Document& document) {
  for (const Probe* probe : Registered<Probe>::All()) {
    Attempted attempted{.how = Attempted::kAnswered, .text = std::string(probe->what)};
    const std::vector<int>& answers =
        OneInTen(random) && !probe->absent.empty() ? probe->absent : probe->present;
    attempted.number = answers.empty() ? 0 : answers.front();
    document.features.push_back(ToRow(reports::kNative, Conclude(*probe, attempted)));
  }
}

void AddCells(const std::vector<CellRuns>& runs, reports::Document& document) {
  for (std::size_t i = 0; i < runs.size(); ++i) {
    const Scenario& scenario = *AllScenarios()[i];
    document.scenarios.push_back(ToRow(scenario));
    for (const scenarios::Path path : scenarios::kPaths) {
      const CellRun& own = Of(runs[i], path);
      const Judgment judgment = Judge(scenario, path, own, Of(runs[i], OtherPath(path)), {});
      document.cells.push_back(ToRow(reports::kNative, scenario, path, own, judgment));
    }
  }
}

// As many rows as `pidproof bench` measures.
void AddBenchmarks(Random& random, reports::Document& document) {
  constexpr int kCalls = 100;
  constexpr int kRepetitions = 11;
  for (int call = 0; call < kCalls; ++call) {
    for (const scenarios::Path path : scenarios::kPaths) {
      reports::Benchmark& row = document.benchmarks.emplace_back();
      row.name = fmt::format("verbs/call:call_{}/state:alive/path:{}", call, Word(path));
      row.mechanism = "a system call";
      for (int i = 0; i < kRepetitions; ++i) {
        row.samples.push_back(static_cast<double>(200 + Draw(random, 100)));
      }
      const reports::Estimate median = reports::MedianOf(row.samples);
      row.median = median.value;
      row.low = median.low;
      row.high = median.high;
    }
  }
}

}  // namespace

std::vector<CellRuns> FullRuns(std::uint64_t seed) {
  Random random(seed);
  std::vector<CellRuns> runs;
  for (const Scenario* scenario : AllScenarios()) {
    CellRuns& both = runs.emplace_back();
    for (const scenarios::Path path : scenarios::kPaths) {
      Of(both, path) = Show(*scenario, path, random);
    }
  }
  return runs;
}

reports::Document FullDocument(std::uint64_t seed) {
  Random random(seed);
  reports::Document document;
  document.tool = "pidproof " PIDPROOF_VERSION;
  document.run.started = "2026-01-01T00:00:00Z";
  document.run.seconds = 28;
  document.host.release = "6.18.44";
  document.host.machine = "x86_64";
  document.host.libc = "glibc 2.36";
  document.host.isolation = "pid namespace";
  AddFeatures(random, document);
  AddCells(FullRuns(seed), document);
  AddBenchmarks(random, document);
  return document;
}

}  // namespace pidproof::runner::benchmarks
