#include "runner/commands/replay.h"

#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include "probes/system/host.h"
#include "reports/document/statistics.h"
#include "reports/document/vocabulary.h"
#include "reports/text/text_layout.h"
#include "runner/census.h"
#include "runner/commands/command.h"
#include "runner/commands/read_document.h"
#include "runner/commands/session_options.h"
#include "runner/document.h"
#include "runner/files.h"
#include "runner/gate.h"
#include "runner/host_pids.h"
#include "runner/interrupt.h"
#include "runner/run_cell.h"
#include "runner/sandbox.h"
#include "runner/slowdown.h"

namespace pidproof::runner::commands {

namespace {

// A record, and the cell that it stands in.
struct RecordedTrial {
  const reports::Cell* cell;
  const reports::Record* record;
};

std::vector<RecordedTrial> Wanted(const Options& options, const reports::Document& document) {
  std::vector<RecordedTrial> wanted;
  for (const reports::Cell& cell : document.cells) {
    if (!options.Wants(cell.scenario)) continue;
    if (options.path && cell.path != ToRow(*options.path)) continue;
    if (options.names_worlds &&
        std::ranges::find(options.worlds, cell.world, &World::name) == options.worlds.end()) {
      continue;
    }
    // One of each outcome: several trials that ended alike say no more.
    std::vector<std::string> outcomes;
    for (const reports::Record& record : cell.records) {
      if (std::ranges::find(outcomes, record.outcome) != outcomes.end()) continue;
      outcomes.push_back(record.outcome);
      wanted.push_back({&cell, &record});
    }
  }
  return wanted;
}

template <typename Kind>
Kind Named(std::string_view name, std::initializer_list<Kind> kinds) {
  return *std::ranges::find_if(kinds, [&](Kind kind) { return Word(kind) == name; });
}

scenarios::Schedule ScheduleOf(const reports::Record& record) {
  scenarios::Schedule schedule;
  schedule.perturbation = {
      Named(record.place, {scenarios::Perturbation::kAnywhere, scenarios::Perturbation::kTogether,
                           scenarios::Perturbation::kApart}),
      Named(record.pressure,
            {scenarios::Perturbation::kNoPressure, scenarios::Perturbation::kPreemption,
             scenarios::Perturbation::kSignals}),
      record.yielding};
  const std::size_t acts = std::min(record.offsets.size(), schedule.offsets.size());
  for (std::size_t i = 0; i < acts; ++i) {
    schedule.offsets[i] = static_cast<std::int32_t>(record.offsets[i]);
  }
  return schedule;
}

World WorldNamed(const std::string& name) {
  constexpr std::string_view kAs = " as ";
  const std::size_t as = name.find(kAs);
  try {
    const World world = World::Parse(name.substr(0, as));
    return as == std::string::npos ? world
                                   : world.As(Privileges::Parse(name.substr(as + kAs.size())));
  } catch (const std::invalid_argument& error) {
    throw Undecided(fmt::format("the document's {}; only worlds with a name can be entered again",
                                error.what()));
  }
}

std::string Report(const RecordedTrial& trial, const CellRun& run, bool& recurs, bool& ran) {
  const std::string what = trial.record->outcome.empty() ? "bad end" : trial.record->outcome;
  const std::string head = reports::text::Printable(fmt::format(
      "{} {} in {}: {}", trial.cell->scenario, trial.cell->path, trial.cell->world, what));
  if (!run.lacks.empty()) return fmt::format("{}: not run: {}\n", head, run.lacks);
  const auto seen = run.tally.outcomes.find(trial.record->outcome);
  const bool ended_badly = trial.record->outcome.empty() && run.ended.how != Ended::kReturned &&
                           run.ended.how != Ended::kStopped;
  const std::uint64_t count = ended_badly ? 1 : seen == run.tally.outcomes.end() ? 0 : seen->second;
  ran |= run.tally.opportunities > 0 || ended_badly;
  recurs |= count > 0;
  return fmt::format(
      "{}: recurs in {} of {} trials (recorded: trial {}, {}, pressure {}); {}\n", head,
      reports::text::Thousands(count), reports::text::Thousands(run.tally.trials),
      reports::text::Thousands(trial.record->trial), trial.record->place, trial.record->pressure,
      reports::RateSentence(count, std::max(count, run.tally.opportunities)));
}

}  // namespace

int Replay(const Options& options, const std::string& file, const reports::Document& document) {
  const std::vector<RecordedTrial> wanted = Wanted(options, document);
  if (wanted.empty()) {
    throw Undecided(
        fmt::format("{} has no record of a trial to run again; records are kept of violations, "
                    "hangs and crashes of torture scenarios",
                    file));
  }
  const HostFacts facts = ReadHostFacts();
  const double slowdown = MeasureSlowdown();
  constexpr std::size_t kFreePids = 64;
  HostPids host_pids(facts.pid_max.value_or(0), options.allow_pid_wrap);
  const Sandbox sandbox = FindSandbox(slowdown, host_pids.MayFree(kFreePids));
  host_pids.TakeFreed(sandbox.free_pids.size());
  host_pids.ExpectLoops(wanted.size());
  bool recurs = false;
  bool ran = false;
  for (const RecordedTrial& trial : wanted) {
    const scenarios::Scenario* scenario = scenarios::FindScenario(trial.cell->scenario);
    if (scenario == nullptr) {
      throw Undecided(fmt::format(
          "there is no scenario '{}' any more: use the pidproof that wrote the document",
          trial.cell->scenario));
    }
    const World world = WorldNamed(trial.cell->world);
    Limits limits = LimitsFor(options, slowdown);
    limits.seed = document.run.seed;
    limits.host_pids = host_pids.ForNextLoop();
    limits.workers = trial.cell->workers.value_or(1);
    limits.repeated = ScheduleOf(*trial.record);
    const scenarios::Path path =
        trial.cell->path == reports::Path::kPidfd ? scenarios::kPidfd : scenarios::kLegacyPid;
    const CellRun run =
        RunCell(world, TakeCensus(world, slowdown), sandbox, *scenario, path, limits);
    host_pids.Take(HostPidsOf(run));
    host_pids.LoopDone();
    WriteOutput("-", Report(trial, run, recurs, ran));
  }
  if (recurs) PrintLine("a recorded outcome recurs");
  if (!recurs && !ran) PrintLine("no recorded trial could be run here");
  return recurs ? 1 : ran ? 0 : kUndecided;
}

namespace {

struct ReplayArguments {
  SessionOptions session;
  std::string file;
};

const Registered<Command> kReplay{{
    .name = "replay",
    .summary = "Run recorded trials of a document again (exit 1 when one recurs)",
    .example = "pidproof replay matrix.json --only 'poll_race/*' --for 10s",
    .declare = [](Arguments& arguments, const Program&) -> Command::Work {
      const auto asked = std::make_shared<ReplayArguments>();
      arguments.Value("FILE", asked->file, "The document").Required();
      asked->session.DeclareSelection(arguments);
      asked->session.DeclareWorlds(arguments);
      asked->session.DeclareRaces(arguments);
      return [=] {
        StopOnInterrupt();
        return Replay(asked->session.Resolve(), asked->file, ReadDocument(asked->file));
      };
    },
}};

}  // namespace

}  // namespace pidproof::runner::commands
