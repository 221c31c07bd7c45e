#include "runner/commands/explain.h"

#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <source_location>
#include <stdexcept>
#include <vector>

#include "probes/probe.h"
#include "probes/proposal.h"
#include "probes/system/errno_name.h"
#include "reports/document/claims.h"
#include "reports/document/gaps.h"
#include "reports/ready/ready.h"
#include "reports/text/text_layout.h"
#include "runner/choice.h"
#include "runner/commands/command.h"
#include "runner/commands/explain_errnos.h"
#include "runner/commands/read_document.h"
#include "runner/document.h"
#include "runner/files.h"
#include "runner/gate.h"
#include "scenarios/scenario.h"

namespace pidproof::runner::commands {

namespace {

std::string Answers(const std::vector<int>& errors) {
  std::vector<std::string> words;
  for (const int error : errors) {
    words.push_back(error == 0                   ? "success"
                    : error == Answer::kNoEffect ? "success without effect"
                                                 : ErrnoName(error));
  }
  return fmt::format("{}", fmt::join(words, ", "));
}

std::string Line(std::string_view label, const std::string& text) {
  return text.empty() ? "" : fmt::format("  {:<10}{}\n", label, text);
}

std::string DefinedAt(const std::source_location& at) {
  std::string_view file = at.file_name();
  file.remove_prefix(std::min(file.find_first_not_of("./"), file.size()));
  return fmt::format("{}:{}", file, at.line());
}

// "pidfd_open, from glibc 2.36"
std::string Named(const LibcName& libc) {
  if (libc.name.empty()) return "";
  if (libc.since == LibcName::kNever) return fmt::format("glibc has no {}", libc.name);
  return fmt::format("{}, from {}", libc.name, libc.Text());
}

std::string ExplainFeature(const Probe& probe) {
  return fmt::format("{}\n", probe.name) + Line("what", std::string(probe.what)) +
         Line("since", fmt::format("Linux {}", probe.since.Text())) +
         Line("probe", std::string(probe.tries)) + Line("present", Answers(probe.present)) +
         Line("absent", Answers(probe.absent)) + Line("denied", Answers(probe.denied)) +
         Line("right",
              probe.capability == Probe::kNoCapability ? "" : CapabilityName(probe.capability)) +
         Line("libc", Named(probe.libc)) +
         Line("rests on", fmt::format("{}", fmt::join(probe.calls, ", "))) +
         Line("source", std::string(probe.source)) + Line("defined", DefinedAt(probe.defined_at)) +
         Line("needed by",
              fmt::format("{}", fmt::join(reports::ready::ConsumersOf(probe.name), ", ")));
}

std::string ExplainProposal(const Proposal& proposal) {
  return fmt::format("{}\n", proposal.name) + Line("what", std::string(proposal.what)) +
         Line("since", "proposed, in no release") + Line("posted", std::string(proposal.posted)) +
         Line("probe", std::string(proposal.tries)) + Line("present", Answers(proposal.present)) +
         Line("absent", Answers(proposal.absent)) + Line("defined", DefinedAt(proposal.defined_at));
}

std::string ExplainScenario(const scenarios::Scenario& scenario) {
  std::string text = fmt::format("{}\n", scenario.name) +
                     Line("question", std::string(scenario.question)) +
                     Line("kind", scenario.IsTorture() ? "torture" : "conformance") +
                     Line("needs", fmt::format("{}", fmt::join(scenario.pidfd.needs, ", "))) +
                     Line("control", std::string(scenario.no_control)) +
                     Line("no PID", std::string(scenario.legacy.not_possible)) +
                     Line("defined", DefinedAt(scenario.defined_at));
  for (const reports::Claim& claim : ToRow(scenario).claims) {
    const std::string era = reports::EraText(claim.since, claim.until);
    text += fmt::format("  {:<10}  {:<6} {}: {}{} [{}]\n", claim.path, claim.expect, claim.outcome,
                        claim.reason, era.empty() ? "" : "; " + era, claim.source);
  }
  return text;
}

// The scenarios that may meet it, or nothing.
std::string ExplainBug(std::string_view bug) {
  std::string text;
  for (const scenarios::Scenario* scenario : scenarios::AllScenarios()) {
    if (MayMeet(*scenario, bug)) text += "\n" + ExplainScenario(*scenario);
  }
  return text.empty() ? "" : fmt::format("{}: a kernel bug that these may meet\n", bug) + text;
}

// As text that cannot steer a terminal: a document may come from anywhere.
std::string Line(std::string_view world, std::string_view path, std::string_view word,
                 std::string_view why) {
  return reports::text::Printable(
             fmt::format("  in {}{}{}: {}: {}", world, path.empty() ? "" : ", ", path, word, why)) +
         "\n";
}

}  // namespace

std::string Explain(std::string_view name) {
  if (name == kErrnos) return ExplainErrnos();
  if (const Probe* probe = Registered<Probe>::Find(name)) return ExplainFeature(*probe);
  if (const Proposal* proposal = Registered<Proposal>::Find(name)) {
    return ExplainProposal(*proposal);
  }
  if (const scenarios::Scenario* scenario = scenarios::FindScenario(name))
    return ExplainScenario(*scenario);
  if (std::string of_bug = ExplainBug(name); !of_bug.empty()) return of_bug;
  throw std::invalid_argument(fmt::format(
      "'{}' is neither a feature nor a scenario, which 'pidproof list' names, nor '{}', "
      "nor a kernel bug that a scenario names",
      name, kErrnos));
}

std::string ResultsFor(std::string_view name, const reports::Document& document) {
  std::string text;
  for (const reports::Feature& row : document.features) {
    if (row.feature == name) text += Line(row.world, "", WordOf(row.availability), row.evidence);
  }
  for (const reports::Cell& row : document.cells) {
    if (row.scenario == name)
      text += Line(row.world, WordOf(row.path), WordOf(row.verdict), row.why);
  }
  if (text.empty()) throw Undecided(fmt::format("the document has no row of {}", name));
  return text;
}

namespace {

struct ExplainArguments {
  std::string name;
  std::string from;
};

int ExplainAll(const ExplainArguments& asked) {
  const std::string explained = Explain(asked.name);
  if (asked.from.empty()) {
    WriteOutput("-", explained);
    return 0;
  }
  const reports::Document document = ReadDocument(asked.from);
  WriteOutput("-", explained + ResultsFor(asked.name, document));
  RefuseGaps(asked.from, reports::Gaps(document));
  return 0;
}

const Registered<Command> kExplain{{
    .name = "explain",
    .summary = "Explain one feature, scenario or kernel bug, or what each errno means (errnos)",
    .example = "pidproof explain pidfd_getfd --from matrix.json",
    .operands = "errnos $(pidproof list | cut -d' ' -f1)",
    .declare = [](Arguments& arguments, const Program&) -> Command::Work {
      const auto asked = std::make_shared<ExplainArguments>();
      arguments
          .Value("NAME", asked->name,
                 "As 'pidproof list' prints it; errnos: a runbook of all calls")
          .Required();
      arguments.Value("--from", asked->from, "A document: also print its results").Of("FILE");
      return [=] { return ExplainAll(*asked); };
    },
}};

}  // namespace

}  // namespace pidproof::runner::commands
