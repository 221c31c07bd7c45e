#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <memory>
#include <stdexcept>
#include <vector>

#include "probes/system/host.h"
#include "reports/document/vocabulary.h"
#include "runner/choice.h"
#include "runner/commands/command.h"
#include "runner/commands/session_options.h"
#include "runner/document.h"
#include "runner/files.h"
#include "runner/gate.h"
#include "runner/host_pids.h"
#include "runner/interrupt.h"
#include "runner/run_cell.h"
#include "runner/slowdown.h"
#include "runner/transcript/bug_programs.h"
#include "runner/transcript/c_program.h"
#include "runner/transcript/text.h"

namespace pidproof::runner::commands {

namespace {

struct TranscriptArguments {
  SessionOptions session;
  std::string scenario;
  std::string path;
  bool as_c = false;
};

std::size_t CommonPrefix(std::string_view one, std::string_view other) {
  return static_cast<std::size_t>(std::ranges::mismatch(one, other).in1 - one.begin());
}

// Names that begin like it, or have the same question, the most alike first.
std::string NearNames(std::string_view name) {
  const std::size_t slash = name.find('/');
  constexpr std::size_t kMost = 5;
  std::vector<std::string_view> near;
  for (const scenarios::Scenario* scenario : scenarios::AllScenarios()) {
    const std::string_view other = scenario->name;
    const std::size_t cut = other.find('/');
    const bool alike = other.substr(0, cut) == name.substr(0, slash) ||
                       (slash != std::string_view::npos && other.substr(cut) == name.substr(slash));
    if (alike && !scenario->IsTorture()) near.push_back(other);
  }
  std::ranges::stable_sort(near, std::ranges::greater{},
                           [&](std::string_view other) { return CommonPrefix(name, other); });
  near.resize(std::min(near.size(), kMost));
  return near.empty() ? "" : fmt::format("; near it: {}", fmt::join(near, ", "));
}

const scenarios::Scenario& Named(const std::string& name) {
  const scenarios::Scenario* scenario = scenarios::FindScenario(name);
  if (scenario == nullptr) {
    throw std::invalid_argument(fmt::format(
        "there is no scenario '{}', which 'pidproof list' names{}", name, NearNames(name)));
  }
  if (scenario->IsTorture()) {
    throw std::invalid_argument(fmt::format(
        "'{}' is a race: thousands of trials have no transcript; 'pidproof replay' sets one again",
        name));
  }
  return *scenario;
}

std::string Title(const scenarios::Scenario& scenario, scenarios::Path path, const CellRun& run) {
  const HostFacts facts = ReadHostFacts();
  const auto& outcomes = run.tally.outcomes;
  return fmt::format("{} by {}: {}\n{}\nRecorded by pidproof on Linux {}, {}.\n", scenario.name,
                     Word(path), outcomes.empty() ? "no outcome" : outcomes.begin()->first,
                     scenario.question, facts.release, facts.machine);
}

int Transcribe(const TranscriptArguments& asked) {
  const std::string_view program = transcript::BugProgram(asked.scenario);
  if (!program.empty()) {
    if (!asked.as_c) {
      throw std::invalid_argument(
          fmt::format("'{}' is a race, which has no transcript: give --as-c", asked.scenario));
    }
    WriteOutput("-", program);
    return 0;
  }
  const scenarios::Scenario& scenario = Named(asked.scenario);
  Options options = asked.session.Resolve();
  if (options.worlds.size() != 1) {
    throw std::invalid_argument("a transcript is of one world: give --world once");
  }
  const World& world = options.worlds.front();
  if (asked.as_c && options.names_worlds && world.name != "native") {
    throw std::invalid_argument(
        fmt::format("a program shows the kernel as it is, and not world '{}'", world.name));
  }
  const scenarios::Path path =
      asked.path == Word(scenarios::kLegacyPid) ? scenarios::kLegacyPid : scenarios::kPidfd;
  const double slowdown = MeasureSlowdown();
  const Sandbox sandbox = FindSandbox(slowdown, 0);
  options.only = {std::string(scenario.name)};
  const Census census = TakeCensus(world, slowdown, ChosenProbes(options, {&scenario}));
  Limits limits = LimitsFor(options, slowdown);
  limits.host_pids = HostPids::kPerConformanceCell;
  transcript::Recording recording;
  const CellRun run = RecordCell(world, census, sandbox, scenario, path, limits, recording);
  if (!recording.flaw.empty()) {
    throw Undecided(
        fmt::format("{} by {} cannot be recorded: {}", scenario.name, Word(path), recording.flaw));
  }
  if (recording.actors.empty() || run.tally.outcomes.empty()) {
    throw Undecided(fmt::format("{} by {}: not recorded: {}", scenario.name, Word(path),
                                run.lacks.empty() ? run.ended.text : run.lacks));
  }
  const transcript::Script script = transcript::Named(recording);
  const std::string title = Title(scenario, path, run);
  if (!asked.as_c) {
    WriteOutput("-", title + "\n" + transcript::Text(script));
    return 0;
  }
  if (!script.obstacles.empty()) {
    throw Undecided(fmt::format("{} by {} cannot be written as a program: {}", scenario.name,
                                Word(path), script.obstacles.front()));
  }
  WriteOutput("-", transcript::CProgram(script, title));
  return 0;
}

const Registered<Command> kTranscript{{
    .name = "transcript",
    .summary = "Print the system calls of one trial, or write them as a C program",
    .example = "pidproof transcript life_cycle/dead_signal --as-c",
    .operands = "$(pidproof list | cut -d' ' -f1)",
    .declare = [](Arguments& arguments, const Program&) -> Command::Work {
      const auto asked = std::make_shared<TranscriptArguments>();
      asked->path = Word(scenarios::kPidfd);
      arguments
          .Value("SCENARIO", asked->scenario,
                 "A conformance scenario; with --as-c also a kernel bug that a race has met first")
          .Required();
      arguments.Value("--path", asked->path, "By which path it is asked")
          .OneOf({std::string(Word(scenarios::kPidfd)), std::string(Word(scenarios::kLegacyPid))});
      asked->session.DeclareWorlds(arguments);
      arguments.Flag(
          "--as-c", asked->as_c,
          "A self-contained C program that makes the same calls and compares the answers");
      return [=] {
        StopOnInterrupt();
        return Transcribe(*asked);
      };
    },
}};

}  // namespace

}  // namespace pidproof::runner::commands
