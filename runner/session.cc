#include "runner/session.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <iterator>
#include <random>
#include <string_view>
#include <tuple>
#include <utility>
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
#include "runner/run_plan.h"
#include "runner/sandbox.h"
#include "runner/slowdown.h"
#include "runner/torture.h"
#include "scenarios/scenario.h"

namespace pidproof::runner {

namespace {

using Clock = std::chrono::steady_clock;

std::vector<const scenarios::Scenario*> OfKind(
    const std::vector<const scenarios::Scenario*>& chosen, bool torture) {
  std::vector<const scenarios::Scenario*> some;
  std::ranges::copy_if(chosen, std::back_inserter(some), [&](const scenarios::Scenario* scenario) {
    return scenario->IsTorture() == torture;
  });
  return some;
}

void Append(std::string& list, const std::string& text) {
  if (!list.empty()) list += "; ";
  list += text;
}

// Where a filter refuses what every trial rests on, a trial may wait for what cannot come: nothing
// is learnt by waiting for long.
std::chrono::milliseconds DeadlineUnder(const World& world, const HostFacts& facts,
                                        const std::vector<refusal::Restriction>& restrictions,
                                        std::chrono::milliseconds deadline) {
  constexpr int kShare = 20;
  const bool filtered = world.filters() || facts.seccomp_mode.value_or(0) != 0;
  const bool spoilt = std::ranges::any_of(restrictions, &refusal::Restriction::spoils_everything);
  return filtered && spoilt ? deadline / kShare : deadline;
}

std::string Names(const std::vector<refusal::Restriction>& restrictions) {
  std::vector<std::string_view> names;
  for (const refusal::Restriction& restriction : restrictions) names.push_back(restriction.name);
  return fmt::format("{}", fmt::join(names, ", "));
}

// One run, from nothing to its document.
class Session {
 public:
  Session(const Options& options, const Reporter::Keep& keep)
      : options_(options), reporter_(options, keep) {}

  reports::Document Run() {
    RecordFacts();
    ProbeWorlds();
    TryProposals();
    FindSandboxes();
    // From here on nothing asks what this machine can do.
    RunInEachWorld(OfKind(chosen_, false), RunConformance);
    RunInEachWorld(OfKind(chosen_, true), RunTortures);
    Finish();
    // From here on the document is complete.
    return std::move(document_);
  }

 private:
  void RecordFacts() {
    document_.tool = "pidproof " PIDPROOF_VERSION;
    document_.run.started = Now();
    document_.run.seed = options_.seed;
    document_.run.only = fmt::format("{}", fmt::join(options_.only, " "));
    document_.run.conformance_only = options_.conformance_only;
    document_.run.slowdown = MeasureSlowdown();
    document_.host = ToRow(facts_);
    document_.host.hostname = options_.hostname;
  }

  void ProbeWorlds() {
    const std::vector<const Probe*> probes = ChosenProbes(options_, chosen_);
    for (const World& world : options_.worlds) {
      for (const std::string& note : world.notes) {
        Append(document_.run.notes, fmt::format("{}: {}", world.name, note));
      }
      const Census& census =
          censuses_.emplace_back(TakeCensus(world, document_.run.slowdown, probes, budget_));
      if (census.failure.empty()) continue;
      Append(document_.run.failure, fmt::format("no census of {}: {}", world.name, census.failure));
    }
    CompareCensuses(options_.worlds, censuses_);
    NoteUntried();
    for (const Census& census : censuses_) {
      for (const Finding& finding : census.findings) {
        document_.features.push_back(ToRow(census.world, finding));
      }
    }
    // It is over all features, and says nothing of a part of them.
    const bool is_whole =
        probes.size() == Registered<Probe>::All().size() && document_.run.failure.empty();
    if (is_whole) document_.host.fingerprint = reports::Fingerprint(document_);
    std::erase_if(document_.features,
                  [&](const reports::Feature& row) { return !options_.Wants(row.feature); });
  }

  // What the budget left no processor time for is a gap.
  void NoteUntried() {
    const auto is_untried = [](const Finding& finding) {
      return finding.evidence.find(kCpuUsedUp) != std::string::npos;
    };
    std::size_t count = 0;
    for (const Census& census : censuses_) {
      count += static_cast<std::size_t>(std::ranges::count_if(census.findings, is_untried));
    }
    if (count == 0) return;
    Append(document_.run.failure,
           fmt::format("--cpu-budget: {}, {} features were not tried", kCpuUsedUp, count));
  }

  void TryProposals() {
    std::vector<const Proposal*> proposals = Registered<Proposal>::All();
    std::erase_if(proposals,
                  [&](const Proposal* proposal) { return !options_.Wants(proposal->name); });
    for (const ProposalFinding& finding : TryEach(proposals, document_.run.slowdown, budget_)) {
      document_.proposed.push_back(ToRow(finding));
    }
  }

  // How trials are kept apart, what they may use, and what the surroundings withhold from them.
  void FindSandboxes() {
    const std::size_t free_pids = host_pids_.MayFree(FreePidsFor(chosen_, options_.jobs));
    sandbox_ = FindSandbox(document_.run.slowdown, free_pids);
    host_pids_.TakeFreed(sandbox_.free_pids.size());
    document_.host.isolation = sandbox_.Text();
    if (chosen_.empty()) return;
    for (std::size_t i = 0; i < censuses_.size(); ++i) {
      plans_.push_back(PlanFor(options_.worlds[i], censuses_[i]));
      if (!plans_.back().world.pretends()) {
        document_.host.restrictions = Names(plans_.back().restrictions);
      }
    }
    ExpectLoops();
    reports::Document without_cells = document_;
    Arrange(without_cells, host_pids_.used());
    reporter_.KeepSoFar(std::move(without_cells));
  }

  void ExpectLoops() {
    const std::vector<const scenarios::Scenario*> tortures = OfKind(chosen_, true);
    std::size_t loops = 0;
    for (const scenarios::Scenario* scenario : tortures) {
      for (const scenarios::Path path : scenarios::kPaths)
        loops += IsWanted(options_, *scenario, path) ? 1 : 0;
    }
    host_pids_.ExpectLoops(loops * plans_.size());
    reporter_.Expect(tortures.size() * (options_.path ? 1 : std::size(scenarios::kPaths)) *
                     plans_.size());
  }

  RunPlan PlanFor(const World& world, const Census& census) const {
    const World outside = world.OutsideTrials();
    const double slowdown = document_.run.slowdown;
    RunPlan plan{options_, world, census, sandbox_, slowdown, LimitsFor(options_, slowdown), {}};
    plan.restrictions = refusal::FindRestrictions(sandbox_.isolation, plan.limits.deadline,
                                                  [&] { outside.Enter(); });
    plan.limits.deadline = DeadlineUnder(outside, facts_, plan.restrictions, plan.limits.deadline);
    plan.limits.pid_rules.own_pid_max = census.Has(kOwnPidMax);
    // A pretended kernel has no release to hold its answers against.
    if (!world.pretends()) plan.limits.kernel = facts_.kernel();
    return plan;
  }

  using RunAll = std::vector<CellRuns>(const RunPlan&,
                                       const std::vector<const scenarios::Scenario*>&, HostPids&,
                                       Reporter&, const KeepCells&);

  void RunInEachWorld(std::vector<const scenarios::Scenario*> scenarios, RunAll& run) {
    std::shuffle(scenarios.begin(), scenarios.end(), std::mt19937_64(options_.seed));
    for (const RunPlan& plan : plans_) {
      const auto keep = [&](const std::vector<CellRuns>& so_far, std::uint64_t host_pids) {
        reports::Document document = document_;
        Record(plan, scenarios, so_far, document);
        Arrange(document, host_pids_.used() + host_pids);
        reporter_.KeepSoFar(std::move(document));
      };
      Record(plan, scenarios, run(plan, scenarios, host_pids_, reporter_, keep), document_);
    }
  }

  void Record(const RunPlan& plan, const std::vector<const scenarios::Scenario*>& scenarios,
              const std::vector<CellRuns>& runs, reports::Document& document) const {
    for (std::size_t i = 0; i < runs.size(); ++i) {
      for (const scenarios::Path path : scenarios::kPaths) {
        const CellRun& own = Of(runs[i], path);
        const bool reached = own.ended.how != Ended::kStopped || own.tally.trials != 0;
        if (!reached || !IsAskedFor(options_, path)) continue;
        const CellRun& other = Of(runs[i], OtherPath(path));
        const scenarios::Scenario& scenario = *scenarios[i];
        const Judgment judgment =
            UnderRestrictions(Judge(scenario, path, own, other, plan.limits.kernel), scenario, path,
                              own, other, plan.restrictions);
        document.cells.push_back(ToRow(plan.world.name, scenario, path, own, judgment));
      }
    }
  }

  // Puts the rows into the order of the document, and adds what goes with them.
  void Arrange(reports::Document& document, std::uint64_t host_pids) const {
    std::ranges::stable_sort(document.cells, {}, [](const reports::Cell& cell) {
      return std::tie(cell.world, cell.scenario);
    });
    for (const scenarios::Scenario* scenario : chosen_)
      document.scenarios.push_back(ToRow(*scenario));
    document.run.host_pids_used = host_pids;
  }

  void Finish() {
    if (!options_.probe_only) Arrange(document_, host_pids_.used());
    kernel_log_.RecordIn(document_);
    document_.run.interrupted = IsolatingIsStopped();
    document_.run.seconds = std::chrono::duration<double>(Clock::now() - begun_).count();
  }

  const Clock::time_point begun_ = Clock::now();
  const Options& options_;
  const CpuBudget budget_{options_.cpu_budget};
  const HostFacts facts_ = ReadHostFacts();
  KernelLog kernel_log_{options_, facts_};
  const std::vector<const scenarios::Scenario*> chosen_ = ChosenScenarios(options_);
  Reporter reporter_;
  HostPids host_pids_{facts_.pid_max.value_or(0), options_.allow_pid_wrap};
  std::vector<Census> censuses_;  // of options_.worlds, in their order
  Sandbox sandbox_;
  std::vector<RunPlan> plans_;  // of the same worlds; none where nothing is run
  reports::Document document_;
};

}  // namespace

reports::Document RunSession(const Options& options,
                             const std::function<void(const reports::Document&)>& keep) {
  return Session(options, keep).Run();
}

}  // namespace pidproof::runner
