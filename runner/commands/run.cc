// run and probe: a document of this machine.
#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <optional>
#include <stdexcept>

#include "probes/system/host.h"
#include "probes/system/isolate.h"
#include "reports/document/gaps.h"
#include "reports/document/vocabulary.h"
#include "reports/text/summary.h"
#include "runner/boot.h"
#include "runner/commands/baseline.h"
#include "runner/commands/command.h"
#include "runner/commands/document_output.h"
#include "runner/commands/read_document.h"
#include "runner/commands/session_options.h"
#include "runner/exit_style.h"
#include "runner/files.h"
#include "runner/gate.h"
#include "runner/gentle/spread.h"
#include "runner/interrupt.h"
#include "runner/parse_amounts.h"
#include "runner/pseudonym/pseudonym.h"
#include "runner/session.h"
#include "scenarios/fixtures/cgroup_keeper.h"

namespace pidproof::runner::commands {

namespace {

struct RunArguments {
  SessionOptions session;
  DocumentOutput output;
  bool hostname = false;
  std::string salt;  // of --anonymise
  std::string spread;
  std::string niceness;
  std::string cpu_budget;
  std::string exit_style = "native";
  std::string baseline;  // a file, or empty for none
  std::string accept;
};

// Why the exit status is not 0, in one line.
void PrintCause(const reports::Document& document) {
  std::vector<std::string> causes = GapsOfVerdicts(document);
  if (reports::ExitStatus(document) == 0 && causes.empty()) return;
  const std::string rows = reports::text::NamedBadRows(document);
  if (!rows.empty()) causes.push_back(rows);
  if (causes.empty()) causes.push_back(reports::text::Summarize(document).meaning);
  PrintLine(fmt::format("{}", fmt::join(causes, "; ")));
}

// Of the document's status and the comparison's: worse than before, before what is undecided.
int Worse(int status, int compared, ExitStyle style) {
  return compared == 1 || status == 0 ? StatusAs(compared, style) : status;
}

// Prints the comparison where other text goes, and returns its exit status.
int CompareWithBaseline(const Baseline& baseline, const reports::Document& document,
                        const DocumentOutput& output) {
  const reports::compare::NamedDocument after{"this run", document};
  try {
    RefuseGaps(after.name, reports::Gaps(document));
    const reports::compare::Diff diff = baseline.CompareWith(after);
    if (output.PrintsText()) {
      WriteOutput("-", "\n" + reports::compare::DiffText(diff, {baseline.document(), after}));
    }
    return baseline.Gate(diff, after.name);
  } catch (const Undecided& gap) {
    PrintLine(gap.what());
    return kUndecided;
  }
}

// What the document calls this machine.
std::string NameFor(const RunArguments& asked) {
  if (!asked.salt.empty()) return pseudonym::Of(HostName(), asked.salt);
  return asked.hostname ? HostName() : "";
}

// What keeps many machines, or this one, from feeling it.
void BeGentle(const RunArguments& asked) {
  if (!asked.niceness.empty()) gentle::BeNice(ParseNiceness(asked.niceness));
  if (!asked.spread.empty()) {
    gentle::Spread(ParseDuration("--spread", asked.spread), asked.output.quiet);
  }
}

int Measure(const RunArguments& asked, const Program& program, bool probe_only) {
  Options options = asked.session.Resolve();
  options.probe_only = probe_only;
  options.hostname = NameFor(asked);
  if (!asked.cpu_budget.empty()) {
    options.cpu_budget = ParseDuration("--cpu-budget", asked.cpu_budget);
  }
  options.quiet = asked.output.quiet;
  options.is_init = program.is_init;
  if (probe_only) RefuseWorldsOfTrials(options, "probe");
  CheckGlobs(options);
  asked.output.Check();
  if (asked.baseline.empty() && !asked.accept.empty()) {
    throw std::invalid_argument("--accept is for a baseline; name one with --baseline");
  }
  std::optional<Baseline> baseline;  // before the work is done: it may be no document
  if (!asked.baseline.empty()) baseline.emplace(asked.baseline, asked.accept);
  StopOnInterrupt();
  BeGentle(asked);
  constexpr int kInterrupted = 130;  // as a shell reports SIGINT
  if (IsolatingIsStopped()) {
    PrintLine("interrupted before it began");
    return kInterrupted;
  }
  if (program.is_init && options.cgroups.empty()) options.cgroups = MountCgroups();
  const scenarios::CgroupKeeper cgroups(options.cgroups);
  const std::string& json = asked.output.json;
  const reports::Document document = RunSession(options, [&](const reports::Document& so_far) {
    if (IsReplaceable(json)) WriteOutput(json, reports::ToJson(so_far));
  });
  asked.output.Write(document);
  if (document.run.interrupted) {
    PrintLine("interrupted: what was not reached is missing");
    return kInterrupted;
  }
  PrintCause(document);
  const ExitStyle style = *ExitStyleOf(asked.exit_style);
  const int status = StatusOf(document, style);
  if (!baseline) return status;
  return Worse(status, CompareWithBaseline(*baseline, document, asked.output), style);
}

void DeclareGentleness(Arguments& arguments, RunArguments& asked) {
  arguments
      .Value("--spread", asked.spread,
             "Wait before it begins, up to so long and on each host as long each time: many hosts "
             "spread over that time")
      .Of("DURATION");
  arguments.Value("--nice", asked.niceness, "Run at that niceness, 0 to 19, or nicer").Of("N");
  arguments
      .Value(
          "--cpu-budget", asked.cpu_budget,
          "Try no more once so much processor time is used up: the document says what is missing")
      .Of("DURATION");
}

Command::Work Declare(Arguments& arguments, const Program& program, bool probe_only) {
  const auto asked = std::make_shared<RunArguments>();
  asked->output.DeclareFiles(arguments);
  asked->output.DeclareText(arguments);
  asked->session.DeclareSelection(arguments);
  asked->session.DeclareWorlds(arguments);
  if (!probe_only) {
    asked->session.DeclareRaces(arguments);
    asked->session.DeclareCgroups(arguments);
  }
  arguments.Flag("--hostname", asked->hostname, "Put the machine's name into the document");
  arguments
      .Value("--anonymise", asked->salt,
             "Put a pseudonym of the machine's name into the document instead: equal for an equal "
             "SALT, which stays secret")
      .Of("SALT");
  if (probe_only) DeclareGentleness(arguments, *asked);
  DeclareExitStyle(arguments, asked->exit_style);
  arguments
      .Value("--baseline", asked->baseline,
             "Compare with that document at the end, as diff does: the exit status is the worse")
      .Of("FILE");
  arguments.Value("--accept", asked->accept, kAcceptText).Of("FILE");
  return [=] { return Measure(*asked, program, probe_only); };
}

const Registered<Command> kRun{{
    .name = "run",
    .summary = "Probe the kernel and run the scenarios (the default)",
    .example = "pidproof run --json matrix.json --html report.html",
    .declare = [](Arguments& arguments,
                  const Program& program) { return Declare(arguments, program, false); },
}};

const Registered<Command> kProbe{{
    .name = "probe",
    .summary = "Probe the kernel only: tens of milliseconds",
    .example = "pidproof probe --json host.json --hostname",
    .declare = [](Arguments& arguments,
                  const Program& program) { return Declare(arguments, program, true); },
}};

}  // namespace

}  // namespace pidproof::runner::commands
