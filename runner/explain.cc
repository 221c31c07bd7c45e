#include "runner/explain.h"

#include <fmt/format.h>

#include <stdexcept>
#include <vector>

#include "probes/errno_name.h"
#include "probes/probe.h"
#include "reports/claims.h"
#include "reports/ready.h"
#include "reports/typeset.h"
#include "runner/document.h"
#include "runner/gate.h"
#include "scenarios/scenario.h"

namespace pidproof {

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

std::string ExplainFeature(const Probe& probe) {
  return fmt::format("{}\n", probe.name) + Line("what", std::string(probe.what)) +
         Line("since", fmt::format("Linux {}", probe.since.Text())) +
         Line("probe", std::string(probe.tries)) + Line("present", Answers(probe.present)) +
         Line("absent", Answers(probe.absent)) + Line("denied", Answers(probe.denied)) +
         Line("right",
              probe.capability == Probe::kNoCapability ? "" : CapabilityName(probe.capability)) +
         Line("rests on", fmt::format("{}", fmt::join(probe.calls, ", "))) +
         Line("source", std::string(probe.source)) +
         Line("needed by", fmt::format("{}", fmt::join(reports::ConsumersOf(probe.name), ", ")));
}

std::string ExplainScenario(const Scenario& scenario) {
  std::string text = fmt::format("{}\n", scenario.name) + Line("asks", std::string(scenario.asks)) +
                     Line("kind", scenario.kind == Scenario::kTorture ? "torture" : "conformance") +
                     Line("needs", fmt::format("{}", fmt::join(scenario.pidfd_needs, ", "))) +
                     Line("control", std::string(scenario.no_control)) +
                     Line("no PID", std::string(scenario.no_legacy));
  for (const reports::Claim& claim : ToRow(scenario).claims) {
    const std::string era = reports::EraOf(claim);
    text += fmt::format("  {:<10}  {:<6} {}: {}{} [{}]\n", claim.path, claim.mood, claim.outcome,
                        claim.because, era.empty() ? "" : "; " + era, claim.source);
  }
  return text;
}

// As text that cannot steer a terminal: a document may come from anywhere.
std::string Told(std::string_view world, std::string_view path, std::string_view word,
                 std::string_view why) {
  return reports::Printable(
             fmt::format("  in {}{}{}: {}: {}", world, path.empty() ? "" : ", ", path, word, why)) +
         "\n";
}

}  // namespace

std::string Explain(std::string_view name) {
  if (const Probe* probe = Registered<Probe>::Find(name)) return ExplainFeature(*probe);
  if (const Scenario* scenario = Registered<Scenario>::Find(name))
    return ExplainScenario(*scenario);
  throw std::invalid_argument(fmt::format(
      "'{}' is neither a feature nor a scenario; 'pidproof list' names them all", name));
}

std::string ToldOf(std::string_view name, const reports::Matrix& matrix) {
  std::string text;
  for (const reports::Feature& row : matrix.features) {
    if (row.feature == name) text += Told(row.world, "", row.availability, row.evidence);
  }
  for (const reports::Cell& row : matrix.cells) {
    if (row.scenario == name) text += Told(row.world, row.path, row.verdict, row.why);
  }
  if (text.empty()) throw Undecided(fmt::format("the document has no row of {}", name));
  return text;
}

}  // namespace pidproof
