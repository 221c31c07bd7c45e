#include "runner/torture.h"

#include <algorithm>
#include <chrono>
#include <iterator>
#include <optional>
#include <utility>

#include "reports/document/strength.h"
#include "runner/judge.h"
#include "runner/run_cell.h"
#include "runner/torture_schedule.h"

namespace pidproof::runner {

namespace {

using Clock = std::chrono::steady_clock;

// What a control that was not asked for may take: it is done when its harm has come.
scenarios::Budget UntilTheHarmComes(const scenarios::Budget& budget) {
  return {.patience = budget.patience};
}

// Each slice draws anew, from the one seed.
std::uint64_t SeedOfSlice(std::uint64_t seed, std::uint64_t slice) {
  return seed + slice * 0x9e3779b97f4a7c15;  // 2^64 / golden ratio: far from each other
}

// One torture loop, and what it has come to in all its slices.
struct Loop {
  const scenarios::Scenario* scenario;
  scenarios::Path path;
  CellRuns& runs;  // of the scenario
  std::uint64_t slices = 0;
  bool fails = false;  // a slice made no trial: the next would not either

  CellRun& own() const { return Of(runs, path); }
  const CellRun& other() const { return Of(runs, OtherPath(path)); }
};

// The cell with what its next slice was.
CellRun Continued(CellRun whole, const CellRun& slice) {
  whole.tally.Continue(slice.tally);
  whole.ended = slice.ended;
  return whole;
}

class Tortures {
 public:
  Tortures(const RunPlan& plan, const std::vector<const scenarios::Scenario*>& order,
           HostPids& host_pids, Reporter& reporter, const KeepCells& keep)
      : plan_(plan),
        host_pids_(host_pids),
        reporter_(reporter),
        keep_(keep),
        runs_(order.size(), {NotReached(), NotReached()}) {
    for (std::size_t i = 0; i < order.size(); ++i) {
      for (const scenarios::Path path : scenarios::kPaths) {
        if (IsWanted(plan.options, *order[i], path)) loops_.push_back({order[i], path, runs_[i]});
      }
    }
  }

  std::vector<CellRuns> Run() {
    const bool spreads = plan_.limits.torture.enough != 0;
    const auto time = std::chrono::duration_cast<Clock::duration>(TimeForAll());
    const auto end = Clock::now() + time;
    if (spreads) reporter_.EndsAbout(end);
    for (Loop& loop : loops_) {
      if (IsolatingIsStopped()) break;
      const bool asked_for = IsAskedFor(plan_.options, loop.path);
      scenarios::Budget budget = plan_.limits.torture;
      if (spreads) budget.enough = reports::kOpportunitiesIfFair;  // strong is for the later slices
      Play(loop, asked_for ? budget : UntilTheHarmComes(budget));
      host_pids_.LoopDone();
      if (asked_for) reporter_.Done();
    }
    const auto latest =
        Clock::now() + time;  // what cannot be decided sooner may take as long again
    while (spreads && !IsolatingIsStopped()) {
      const std::optional<Slice> slice = NextSlice(States(), {Left(end), Left(latest)});
      if (!slice) break;
      Play(loops_[slice->loop], BudgetOf(*slice));
    }
    return std::move(runs_);
  }

 private:
  // For all loops together; more on a slow machine, up to a point.
  std::chrono::duration<double> TimeForAll() const {
    constexpr double kSecondsPerLoop = 0.17;
    constexpr double kUsualSlowdown = 2;  // and below
    constexpr double kLongest = 2;
    return std::chrono::duration<double>(
        kSecondsPerLoop * static_cast<double>(loops_.size()) *
        std::clamp(plan_.slowdown / kUsualSlowdown, 1.0, kLongest));
  }

  static double Left(Clock::time_point end) {
    return std::chrono::duration<double>(end - Clock::now()).count();
  }

  // Harm that came has its rate already; what is in doubt for other reasons stays so.
  bool WantsMore(const Loop& loop) const {
    const CellRun& own = loop.own();
    if (loop.fails || own.tally.exhausted || !IsAskedFor(plan_.options, loop.path)) return false;
    const Verdict verdict =
        Judge(*loop.scenario, loop.path, own, loop.other(), plan_.limits.kernel).verdict;
    const bool too_few = verdict == Verdict::kInconclusive &&
                         own.tally.opportunities < scenarios::kFewestOpportunities;
    return verdict == Verdict::kUpheld || too_few;
  }

  std::vector<LoopState> States() const {
    std::vector<LoopState> states;
    std::ranges::transform(loops_, std::back_inserter(states), [&](const Loop& loop) {
      const scenarios::Tally& tally = loop.own().tally;
      return LoopState{tally.opportunities, tally.seconds, WantsMore(loop),
                       &loop.own() == &loop.runs[0]};
    });
    return states;
  }

  // A later slice has no patience: what is required was observed in the first.
  scenarios::Budget BudgetOf(const Slice& slice) const {
    const std::uint64_t so_far = loops_[slice.loop].own().tally.opportunities;
    return {.time = std::chrono::nanoseconds(static_cast<std::int64_t>(slice.seconds * 1e9)),
            .enough = slice.opportunities - so_far};
  }

  void Play(Loop& loop, const scenarios::Budget& budget) {
    Limits limits = plan_.limits;
    limits.torture = budget;
    limits.host_pids = host_pids_.ForNextLoop();
    limits.seed = SeedOfSlice(plan_.limits.seed, loop.slices);
    const bool is_first = loop.slices++ == 0;
    SayOnConsole(plan_.options, *loop.scenario, loop.path);
    const CellRun before = loop.own();
    const CellRun slice = RunCell(plan_.world, plan_.census, plan_.sandbox, *loop.scenario,
                                  loop.path, limits, [&](const CellRun& so_far) {
                                    Report(loop, is_first ? so_far : Continued(before, so_far),
                                           so_far.tally.host_pids_used);
                                  });
    host_pids_.Take(HostPidsOf(slice));
    loop.fails = slice.tally.trials == 0;
    if (is_first) {
      loop.own() = slice;
    } else if (!loop.fails) {
      loop.own() = Continued(before, slice);
    }
  }

  void Report(const Loop& loop, CellRun so_far, std::uint64_t host_pids) {
    if (IsAskedFor(plan_.options, loop.path)) {
      reporter_.Show(plan_.world.name, *loop.scenario, loop.path, so_far);
    }
    if (!reporter_.WantsToKeep()) return;
    if (so_far.tally.trials == 0) so_far.ended.how = Ended::kStopped;  // not reached yet
    std::swap(loop.own(), so_far);
    keep_(runs_, host_pids);
    std::swap(loop.own(), so_far);
  }

  const RunPlan& plan_;
  HostPids& host_pids_;
  Reporter& reporter_;
  const KeepCells& keep_;
  std::vector<CellRuns> runs_;  // of all scenarios, in their order
  std::vector<Loop> loops_;
};

}  // namespace

bool IsAskedFor(const Options& options, scenarios::Path path) {
  return !options.path || *options.path == path;
}

bool IsWanted(const Options& options, const scenarios::Scenario& scenario, scenarios::Path path) {
  if (IsAskedFor(options, path)) return true;
  return std::ranges::any_of(scenario.On(path).claims, [&](const scenarios::Claim& claim) {
    return claim.expect == scenarios::kHazard && IsControl(scenario, path, claim);
  });
}

std::vector<CellRuns> RunTortures(const RunPlan& plan,
                                  const std::vector<const scenarios::Scenario*>& order,
                                  HostPids& host_pids, Reporter& reporter, const KeepCells& keep) {
  return Tortures(plan, order, host_pids, reporter, keep).Run();
}

}  // namespace pidproof::runner
