#include "runner/run_cell.h"

#include <fmt/format.h>

#include <algorithm>
#include <mutex>
#include <utility>
#include <vector>

#include "probes/system/frame.h"
#include "probes/system/processors.h"
#include "reports/document/document.h"
#include "runner/on_threads.h"
#include "scenarios/loop/tally_wire.h"
#include "scenarios/torture.h"

namespace pidproof {

namespace {

Outcome Ask(const Scenario& scenario, Path path, Arena& arena) {
  return scenario.ask != nullptr ? scenario.ask(arena, path) : scenario.On(path).ask(arena);
}

bool MayGoBare(const Scenario& scenario, Path path) {
  return scenario.without_pid_namespace == kBothPaths ||
         (scenario.without_pid_namespace == kPidfdOnly && path == kPidfd);
}

// The seed of one column: the same scenario draws the same, whatever else is run.
std::uint64_t SeedOf(const Scenario& scenario, Path path, std::uint64_t seed, std::size_t worker) {
  std::uint64_t mixed = seed + worker;
  const std::string name = fmt::format("{} {}", scenario.name, Word(path));
  for (const char letter : name) {
    mixed = (mixed ^ static_cast<unsigned char>(letter)) * 0x100000001b3;  // FNV-1a
  }
  return mixed;
}

// Whether that release makes the mistake; a distribution may have fixed its own.
bool MayHaveBug(Release kernel, const Claim& claim) {
  return !claim.bug.empty() && kernel != Release{} && claim.HasBegunIn(kernel) &&
         !claim.IsOverIn(kernel);
}

LoopConfig OrdersFor(const Scenario& scenario, Path path, const Limits& allowance,
                     std::size_t worker, FlightRecorder& flight) {
  LoopConfig config{.budget = allowance.torture,
                    .seed = SeedOf(scenario, path, allowance.seed, worker),
                    .repeated = allowance.repeated,
                    .flight = &flight};
  for (const Claim& claim : scenario.On(path).claims) {
    if (claim.IsHarm()) config.harms.push_back(claim.outcome);
    if (claim.expect != kNever) config.known.push_back(claim.outcome);
    const bool due =
        claim.expect == kMust || (claim.expect == kHazard && IsControl(scenario, path, claim));
    if (due && claim.IsTimeless()) config.musts.push_back(claim.outcome);
    config.expects_hazard |= claim.expect == kHazard && claim.bug.empty() && claim.until == nullptr;
    config.may_have_bug |= MayHaveBug(allowance.kernel, claim);
  }
  return config;
}

// Workers share out what there is: processors, numbers outside, what is to be done.
class Worker {
 public:
  Worker(std::size_t place, std::size_t of) : place_(place), of_(of) {}

  std::vector<pid_t> Dealt(const std::vector<pid_t>& all) const {
    std::vector<pid_t> share;
    for (std::size_t i = place_; i < all.size(); i += of_) share.push_back(all[i]);
    return share;
  }
  // The shares of all workers are the whole; 0, which stands for any number, stays 0.
  std::uint64_t Share(std::uint64_t of_all) const {
    return of_all / of_ + (place_ < of_all % of_ ? 1 : 0);
  }
  Limits Share(Limits allowance) const {
    allowance.outer_pids /= of_;
    allowance.torture.trials = Share(allowance.torture.trials);
    allowance.torture.opportunities = Share(allowance.torture.opportunities);
    allowance.torture.enough = Share(allowance.torture.enough);
    return allowance;
  }
  // Keeps the calling process to the worker's own processor, where there is one for each.
  void Settle() const {
    if (of_ == 1) return;
    const std::vector<std::size_t> all = ProcessorsIn(AllowedProcessors());
    if (!all.empty()) AllowProcessors(Only(all[place_ % all.size()]));
  }
  std::size_t place() const { return place_; }

 private:
  std::size_t place_;
  std::size_t of_;
};

// What the actors were about when a loop ended badly.
void KeepLast(const FlightRecorder& flight, CellRun& column) {
  const Ended::How how = column.ended.how;
  const bool badly = how == Ended::kDeadline || how == Ended::kSignalled || how == Ended::kExited;
  if (!badly || flight.trial() == 0) return;
  Recorded last;
  last.trial = flight.trial();
  last.events = flight.Since(last.trial);
  column.tally.recorded.push_back(std::move(last));
}

// A worker beside others is a process of its own, with one thread: a pid namespace is made by a
// plain clone, after which the locks of other threads would be held for ever. What it hears it
// hands on, and then how the loop ended.
void RunBeside(const std::function<void(CellRun&, const std::function<void(const Frame&)>&)>& run,
               std::chrono::milliseconds deadline, CellRun& column,
               const std::function<void()>& told) {
  constexpr char kEnding = 'e';
  const Ended ended = Isolate(
      Isolation::kChild, 2 * deadline,
      [&](const FrameWriter& up) {
        CellRun inner;
        run(inner, [&](const Frame& frame) { up.Send(frame.kind, frame.bytes); });
        for (const Recorded& last : inner.tally.recorded) {
          if (last.outcome.empty()) SendRecord(up, last);
        }
        SendValues(up, kEnding, inner.ended);
      },
      [&](const Frame& frame) {
        if (frame.kind == kEnding) column.ended = ValueOf<Ended>(frame);
        column.tally.Hear(frame);
        told();
      },
      DeadlineFrom::kLastFrame);
  if (ended.how != Ended::kReturned) column.ended = ended;
}

void RunTorture(const World& world, const Stage& stage, const Scenario& scenario, Path path,
                const Limits& whole, const Worker& worker, CellRun& column,
                const std::function<void(const Frame&)>& told) {
  const SharedFlightRecorder flight;
  const Limits allowance = worker.Share(whole);
  const LoopConfig config = OrdersFor(scenario, path, allowance, worker.place(), *flight);
  column.ended = Isolate(
      stage.isolation, allowance.deadline,
      [&](const FrameWriter& up) {
        worker.Settle();
        world.Enter();
        world.mistake.Play();
        Arena arena(stage.isolation, {worker.Dealt(stage.dealt), allowance.outer_pids},
                    allowance.deal);
        TrialLoop trials(up, arena, config);
        scenario.torture->loop(arena, path, trials);
      },
      [&](const Frame& frame) {
        column.tally.Hear(frame);
        told(frame);
      },
      DeadlineFrom::kLastFrame);
  KeepLast(*flight, column);
}

std::size_t Processors() {
  return std::max<std::size_t>(1, ProcessorsIn(AllowedProcessors()).size());
}

// The first that ended otherwise than it should tells for all.
CellRun Joined(const std::vector<CellRun>& parts) {
  CellRun whole = parts.front();
  for (std::size_t i = 1; i < parts.size(); ++i) {
    if (whole.ended.how == Ended::kReturned) whole.ended = parts[i].ended;
    whole.tally.Join(parts[i].tally);
  }
  return whole;
}

// No more than there is work for.
std::size_t Workers(const Limits& allowance) {
  std::uint64_t count = std::max<std::uint64_t>(1, allowance.workers);
  for (const std::uint64_t work : {allowance.torture.trials, allowance.torture.opportunities}) {
    if (work != 0) count = std::min(count, work);
  }
  return count;
}

CellRun RunWorkers(const World& world, const Stage& stage, const Scenario& scenario, Path path,
                   const Limits& allowance, const std::function<void(const CellRun&)>& told) {
  const std::size_t count = scenario.torture->single_cpu ? Workers(allowance) : 1;
  std::vector<CellRun> parts(count);
  std::mutex telling;
  const auto work = [&](std::size_t place) {
    CellRun& part = parts[place];
    CellRun heard;  // by this worker alone, until it may be told
    const auto tell = [&] {
      const std::lock_guard lock(telling);
      part = heard;
      if (told && place == 0) told(Joined(parts));
    };
    const auto run = [&](CellRun& column, const std::function<void(const Frame&)>& hear) {
      RunTorture(world, stage, scenario, path, allowance, Worker(place, count), column, hear);
    };
    if (count == 1) {
      run(heard, [&](const Frame&) { tell(); });
    } else {
      RunBeside(run, allowance.deadline, heard, tell);
    }
    const std::lock_guard lock(telling);
    part = std::move(heard);
  };
  // A thread a worker only listens: each worker is a process of its own.
  OnThreads(count, work);
  CellRun whole = Joined(parts);
  whole.workers = count;
  whole.processors = Processors();
  // Each worker measured its floor alone, or nearly so; together they have no more processors.
  if (count > whole.processors) {
    whole.tally.baseline_per_second *=
        static_cast<double>(whole.processors) / static_cast<double>(count);
  }
  return whole;
}

CellRun RunOnce(const World& world, const Stage& stage, const Scenario& scenario, Path path,
                const Limits& allowance) {
  CellRun column;
  column.ended = Isolate(
      stage.isolation, allowance.deadline,
      [&](const FrameWriter& up) {
        world.Enter();
        world.mistake.Play();
        Arena arena(stage.isolation, {stage.dealt, allowance.outer_pids}, allowance.deal);
        const LoopConfig config{};
        TrialLoop(up, arena, config).Record(Ask(scenario, path, arena));
      },
      [&](const Frame& frame) { column.tally.Hear(frame); });
  return column;
}

}  // namespace

bool IsControl(const Scenario& scenario, Path path, const Claim& hazard) {
  const Claim* other = scenario.FindClaim(path == kPidfd ? kLegacyPid : kPidfd, hazard.outcome);
  return other != nullptr && other->expect == kNever;
}

std::vector<std::string_view> NeedsOf(const Scenario& scenario, Path path) {
  std::vector<std::string_view> needs{"legacy/kill", "legacy/waitid"};  // the referee's own tools
  const std::vector<std::string_view>& own_needs = scenario.On(path).needs;
  needs.insert(needs.end(), own_needs.begin(), own_needs.end());
  return needs;
}

CellRun RunCell(const World& world, const Census& census, const Stage& stage,
                const Scenario& scenario, Path path, const Limits& allowance,
                const std::function<void(const CellRun&)>& told) {
  CellRun column;
  if (!scenario.On(path).not_possible.empty()) {
    column.lacks = fmt::format("no PID can ask this: {}", scenario.On(path).not_possible);
    return column;
  }
  const Lack lack = census.Lacks(NeedsOf(scenario, path));
  column.lacks = lack.why;
  column.missing = lack.feature;
  if (!column.lacks.empty()) return column;
  const bool bare_allowed = MayGoBare(scenario, path) && world.mistake.kind == Fault::kNone;
  if (stage.isolation == Isolation::kChild && !bare_allowed) {
    column.lacks = fmt::format("needs a pid namespace of its own: {}", stage.refusal);
    column.missing = reports::kIsolation;
    return column;
  }
  if (!scenario.IsTorture()) return RunOnce(world, stage, scenario, path, allowance);
  return RunWorkers(world, stage, scenario, path, allowance, told);
}

}  // namespace pidproof
