#include "runner/run_again.h"

#include <fmt/format.h>

#include <algorithm>
#include <stdexcept>
#include <string>
#include <vector>

#include "probes/host.h"
#include "reports/statistics.h"
#include "reports/typeset.h"
#include "reports/vocabulary.h"
#include "runner/cell.h"
#include "runner/census.h"
#include "runner/gate.h"
#include "runner/output.h"
#include "runner/pace.h"
#include "runner/session.h"
#include "runner/stage.h"

namespace pidproof {

namespace {

// A record, and the cell that it stands in.
struct Again {
  const reports::Cell* cell;
  const reports::Record* record;
};

std::vector<Again> Wanted(const Options& options, const reports::Matrix& document) {
  std::vector<Again> wanted;
  for (const reports::Cell& cell : document.cells) {
    if (!options.Wants(cell.scenario)) continue;
    if (options.path && cell.path != Word(*options.path)) continue;
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

Schedule ScheduleOf(const reports::Record& record) {
  Schedule schedule;
  schedule.levers = {
      Named(record.place, {Levers::kAnywhere, Levers::kTogether, Levers::kApart}),
      Named(record.pressure, {Levers::kNoPressure, Levers::kPreemption, Levers::kSignals}),
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
    return as == std::string::npos ? world : world.As(View::Parse(name.substr(as + kAs.size())));
  } catch (const std::invalid_argument& mistake) {
    throw Undecided(fmt::format("the document's {}; only worlds with a name can be entered again",
                                mistake.what()));
  }
}

std::string Told(const Again& again, const Column& column, bool& recurs, bool& ran) {
  const std::string what = again.record->outcome.empty() ? "bad end" : again.record->outcome;
  const std::string head = fmt::format("{} {} in {}: {}", again.cell->scenario, again.cell->path,
                                       again.cell->world, what);
  if (!column.lacks.empty()) return fmt::format("{}: not run: {}\n", head, column.lacks);
  const auto heard = column.tally.outcomes.find(again.record->outcome);
  const bool ended_badly = again.record->outcome.empty() && column.ended.how != Ended::kReturned &&
                           column.ended.how != Ended::kStopped;
  const std::uint64_t count = ended_badly                            ? 1
                              : heard == column.tally.outcomes.end() ? 0
                                                                     : heard->second;
  ran |= column.tally.opportunities > 0 || ended_badly;
  recurs |= count > 0;
  return fmt::format("{}: recurs in {} of {} trials (recorded: trial {}, {}, pressure {}); {}\n",
                     head, reports::Thousands(count), reports::Thousands(column.tally.trials),
                     reports::Thousands(again.record->trial), again.record->place,
                     again.record->pressure,
                     reports::RateSentence(count, std::max(count, column.tally.opportunities)));
}

}  // namespace

int RunAgain(const Options& options, const reports::Matrix& document) {
  const std::vector<Again> wanted = Wanted(options, document);
  if (wanted.empty()) {
    throw Undecided(fmt::format(
        "{} has no record of a trial to run again; records are kept of violations, hangs and "
        "crashes of torture scenarios",
        options.files.front()));
  }
  const HostFacts facts = ReadHostFacts();
  const double pace = MeasurePace();
  constexpr std::size_t kNumbers = 64;
  const Stage stage = FindStage(pace, facts.pid_max.value_or(0), options.allow_pid_wrap, kNumbers);
  bool recurs = false;
  bool ran = false;
  for (const Again& again : wanted) {
    const Scenario* scenario = Registered<Scenario>::Find(again.cell->scenario);
    if (scenario == nullptr) {
      throw Undecided(fmt::format(
          "there is no scenario '{}' any more: use the pidproof that wrote the document",
          again.cell->scenario));
    }
    const World world = WorldNamed(again.cell->world);
    Allowance allowance = AllowanceFor(options, pace);
    allowance.seed = document.run.seed;
    allowance.outer_numbers = stage.allowed / wanted.size();
    allowance.workers = again.cell->workers.value_or(1);
    allowance.repeated = ScheduleOf(*again.record);
    const Path path = again.cell->path == reports::kPidfd ? kPidfd : kLegacyPid;
    const Column column =
        RunColumn(world, TakeCensus(world, pace), stage, *scenario, path, allowance);
    Deliver("-", Told(again, column, recurs, ran));
  }
  return recurs ? 1 : ran ? 0 : kUndecided;
}

}  // namespace pidproof
