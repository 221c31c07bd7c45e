#include "runner/run_cell.h"

#include <fmt/format.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <functional>
#include <optional>
#include <utility>

#include "probes/system/frame.h"
#include "probes/system/processors.h"
#include "reports/document/document.h"
#include "runner/host_pids.h"
#include "runner/transcript/recorder.h"
#include "scenarios/loop/tally_wire.h"
#include "scenarios/torture.h"

namespace pidproof::runner {

namespace {

scenarios::Outcome Ask(const scenarios::Scenario& scenario, scenarios::Path path,
                       scenarios::Arena& arena) {
  return scenario.ask != nullptr ? scenario.ask(arena, path) : scenario.On(path).ask(arena);
}

bool MayGoBare(const scenarios::Scenario& scenario, scenarios::Path path) {
  return scenario.without_pid_namespace == scenarios::kBothPaths ||
         (scenario.without_pid_namespace == scenarios::kPidfdOnly && path == scenarios::kPidfd);
}

// The seed of one cell: the same scenario draws the same, whatever else is run.
std::uint64_t SeedOf(const scenarios::Scenario& scenario, scenarios::Path path, std::uint64_t seed,
                     std::size_t worker) {
  std::uint64_t mixed = seed + worker;
  const std::string name = fmt::format("{} {}", scenario.name, Word(path));
  for (const char letter : name) {
    mixed = (mixed ^ static_cast<unsigned char>(letter)) * 0x100000001b3;  // FNV-1a
  }
  return mixed;
}

// Whether that release has the bug; a distribution may have fixed its own.
bool MayHaveBug(Release kernel, const scenarios::Claim& claim) {
  return !claim.bug.empty() && kernel != Release{} && claim.HasBegunIn(kernel) &&
         !claim.IsOverIn(kernel);
}

scenarios::LoopConfig ConfigFor(const scenarios::Scenario& scenario, scenarios::Path path,
                                const Limits& limits, std::size_t worker,
                                scenarios::FlightRecorder& flight) {
  scenarios::LoopConfig config{.budget = limits.torture,
                               .seed = SeedOf(scenario, path, limits.seed, worker),
                               .repeated = limits.repeated,
                               .flight = &flight};
  for (const scenarios::Claim& claim : scenario.On(path).claims) {
    if (claim.IsHarm()) config.harms.push_back(claim.outcome);
    if (claim.expect != scenarios::kNever) config.known.push_back(claim.outcome);
    const bool due = claim.expect == scenarios::kMust ||
                     (claim.expect == scenarios::kHazard && IsControl(scenario, path, claim));
    if (due && claim.IsTimeless()) config.musts.push_back(claim.outcome);
    config.expects_hazard |=
        claim.expect == scenarios::kHazard && claim.bug.empty() && claim.until == nullptr;
    config.may_have_bug |= MayHaveBug(limits.kernel, claim);
  }
  return config;
}

// One cell, and what it runs in.
struct Setting {
  const World& world;
  const Sandbox& sandbox;
  const scenarios::Scenario& scenario;
  scenarios::Path path;
  const Limits& limits;
};

// Beside other workers, each keeps to a processor of its own where there are enough.
void KeepToProcessor(std::size_t worker) {
  const std::vector<std::size_t> all = ProcessorsIn(AllowedProcessors());
  if (!all.empty()) AllowProcessors(Only(all[worker % all.size()]));
}

// What the actors did last when a loop ended badly.
void KeepLast(const scenarios::FlightRecorder& flight, CellRun& run) {
  const Ended::How how = run.ended.how;
  const bool badly = how == Ended::kDeadline || how == Ended::kSignalled || how == Ended::kExited;
  if (!badly || flight.trial() == 0) return;
  scenarios::Recorded last;
  last.trial = flight.trial();
  last.events = flight.Since(last.trial);
  run.tally.recorded.push_back(std::move(last));
}

// One worker's part of a torture scenario.
CellRun RunLoop(const Setting& cell, std::size_t worker, std::size_t workers,
                const CellReport& report) {
  CellRun run;
  const scenarios::SharedFlightRecorder flight;
  const Limits limits = LimitsOfWorker(cell.limits, worker, workers);
  const scenarios::LoopConfig config = ConfigFor(cell.scenario, cell.path, limits, worker, *flight);
  run.ended = Isolate(
      cell.sandbox.isolation, limits.deadline,
      [&](const FrameWriter& up) {
        if (workers > 1) KeepToProcessor(worker);
        cell.world.Enter();
        cell.world.fault.Play();
        scenarios::Arena arena(
            cell.sandbox.isolation,
            {FreePidsOfWorker(cell.sandbox.free_pids, worker, workers), limits.host_pids},
            limits.pid_rules);
        scenarios::TrialLoop trials(up, arena, config);
        cell.scenario.torture->loop(arena, cell.path, trials);
      },
      [&](const Frame& frame) {
        run.tally.Hear(frame);
        if (report) report(run);
      },
      DeadlineFrom::kLastFrame);
  KeepLast(*flight, run);
  return run;
}

// The first part that ended badly decides how the whole ended.
CellRun Joined(const std::vector<CellRun>& parts) {
  CellRun whole = parts.front();
  for (std::size_t i = 1; i < parts.size(); ++i) {
    if (whole.ended.how == Ended::kReturned) whole.ended = parts[i].ended;
    whole.tally.Join(parts[i].tally);
  }
  return whole;
}

// No more than there is work for.
std::size_t WorkersFor(const scenarios::Scenario& scenario, const Limits& limits) {
  if (!scenario.torture->single_cpu) return 1;
  std::uint64_t count = std::max<std::uint64_t>(1, limits.workers);
  for (const std::uint64_t work : {limits.torture.trials, limits.torture.opportunities}) {
    if (work != 0) count = std::min(count, work);
  }
  return count;
}

// A trial has its own deadline: that of its worker is only there for a worker that hangs itself.
CellRun RunInParts(const Setting& cell, std::size_t workers, const CellReport& report) {
  const WorkerPool pool{workers, workers, 2 * cell.limits.deadline, DeadlineFrom::kLastFrame};
  const auto run = [&](std::size_t, std::size_t worker, const CellReport& so_far) {
    return RunLoop(cell, worker, workers, so_far);
  };
  return Joined(RunInWorkers(pool, run, [&](const std::vector<CellRun>& parts) {
    if (report) report(Joined(parts));
  }));
}

CellRun RunTorture(const Setting& cell, const CellReport& report) {
  const std::size_t workers = WorkersFor(cell.scenario, cell.limits);
  CellRun whole = workers == 1 ? RunLoop(cell, 0, 1, report) : RunInParts(cell, workers, report);
  whole.workers = workers;
  whole.processors = cell.sandbox.processors;
  // Each worker measured its baseline alone, or nearly so; together they have no more processors.
  if (workers > whole.processors) {
    whole.tally.baseline_per_second *=
        static_cast<double>(whole.processors) / static_cast<double>(workers);
  }
  return whole;
}

constexpr char kRecording = 'X';

// Runs ask in a child that is traced, and sends what it did. Returns in that child only.
void AskRecorded(const FrameWriter& up, const std::function<void()>& ask) {
  const std::optional<transcript::Recorded> recorded = transcript::Record(ask);
  if (!recorded) return;
  SendValues(up, kRecording, recorded->recording);
  if (WIFSIGNALED(recorded->status)) raise(WTERMSIG(recorded->status));
  _exit(WEXITSTATUS(recorded->status));
}

// recording: nullptr where none is wanted.
CellRun RunOnce(const Setting& cell, transcript::Recording* recording) {
  CellRun run;
  run.ended = Isolate(
      cell.sandbox.isolation, cell.limits.deadline,
      [&](const FrameWriter& up) {
        cell.world.Enter();
        cell.world.fault.Play();
        scenarios::Arena arena(cell.sandbox.isolation,
                               {cell.sandbox.free_pids, cell.limits.host_pids},
                               cell.limits.pid_rules);
        const scenarios::LoopConfig config{};
        scenarios::TrialLoop trials(up, arena, config);
        scenarios::Outcome outcome("");
        const auto ask = [&] { outcome = Ask(cell.scenario, cell.path, arena); };
        if (recording == nullptr) {
          ask();
        } else {
          AskRecorded(up, ask);
        }
        trials.Record(outcome);
      },
      [&](const Frame& frame) {
        if (frame.kind != kRecording) return run.tally.Hear(frame);
        *recording = ValueOf<transcript::Recording>(frame);
      });
  return run;
}

}  // namespace

bool IsControl(const scenarios::Scenario& scenario, scenarios::Path path,
               const scenarios::Claim& hazard) {
  const scenarios::Claim* other = scenario.FindClaim(
      path == scenarios::kPidfd ? scenarios::kLegacyPid : scenarios::kPidfd, hazard.outcome);
  return other != nullptr && other->expect == scenarios::kNever;
}

std::vector<std::string_view> NeedsOf(const scenarios::Scenario& scenario, scenarios::Path path) {
  std::vector<std::string_view> needs{"legacy/kill", "legacy/waitid"};  // the referee's own tools
  const std::vector<std::string_view>& own_needs = scenario.On(path).needs;
  needs.insert(needs.end(), own_needs.begin(), own_needs.end());
  return needs;
}

namespace {

// What keeps a cell from being tried; nothing where it can be.
std::optional<CellRun> Untried(const Setting& cell, const Census& census) {
  CellRun untried;
  const scenarios::Scenario& scenario = cell.scenario;
  if (!scenario.On(cell.path).not_possible.empty()) {
    untried.lacks = fmt::format("no PID can ask this: {}", scenario.On(cell.path).not_possible);
    return untried;
  }
  const Lack lack = census.Lacks(NeedsOf(scenario, cell.path));
  untried.lacks = lack.why;
  untried.missing = lack.feature;
  if (!untried.lacks.empty()) return untried;
  const bool bare_allowed = MayGoBare(scenario, cell.path) && cell.world.fault.kind == Fault::kNone;
  if (cell.sandbox.isolation == Isolation::kChild && !bare_allowed) {
    untried.lacks = fmt::format("needs a PID namespace of its own: {}", cell.sandbox.refusal);
    untried.missing = reports::kIsolation;
    return untried;
  }
  return std::nullopt;
}

}  // namespace

CellRun RunCell(const World& world, const Census& census, const Sandbox& sandbox,
                const scenarios::Scenario& scenario, scenarios::Path path, const Limits& limits,
                const CellReport& report) {
  const Setting cell{world, sandbox, scenario, path, limits};
  if (const std::optional<CellRun> untried = Untried(cell, census)) return *untried;
  return scenario.IsTorture() ? RunTorture(cell, report) : RunOnce(cell, nullptr);
}

CellRun RecordCell(const World& world, const Census& census, const Sandbox& sandbox,
                   const scenarios::Scenario& scenario, scenarios::Path path, const Limits& limits,
                   transcript::Recording& recording) {
  const Setting cell{world, sandbox, scenario, path, limits};
  const std::optional<CellRun> untried = Untried(cell, census);
  return untried ? *untried : RunOnce(cell, &recording);
}

}  // namespace pidproof::runner
