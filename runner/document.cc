#include "runner/document.h"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <chrono>
#include <ctime>
#include <string>
#include <vector>

namespace pidproof::runner {

namespace {

// The document's value for one of ours.
template <typename Row, typename Own>
Row SameWord(Own own) {
  return reports::Named<Row>(Word(own)).value();
}

}  // namespace

reports::Host ToRow(const HostFacts& facts) {
  return {.release = facts.release,
          .machine = facts.machine,
          .libc = facts.libc,
          .uid = facts.uid,
          .isolation = {},
          .pid_max = facts.pid_max,
          .seccomp_mode = facts.seccomp_mode,
          .seccomp_filters = facts.seccomp_filters,
          .ptrace_scope = facts.ptrace_scope,
          .pid_levels = facts.pid_levels,
          .no_new_privs = facts.no_new_privs,
          .capabilities = facts.capabilities,
          .security_modules = facts.security_modules,
          .user_namespace = facts.user_namespace,
          .pid_namespace = facts.pid_namespace,
          .container = facts.container,
          .emulator = facts.emulator,
          .kernel_note = facts.kernel_note};
}

reports::Feature ToRow(std::string_view world, const Finding& finding) {
  return {.world = std::string(world),
          .feature = std::string(finding.probe->name),
          .since = finding.probe->since.Text(),
          .availability = SameWord<reports::Availability>(finding.availability),
          .errno_name = finding.saw,
          .evidence = finding.evidence,
          .refused_by = finding.refused_by,
          .confidence = finding.confidence,
          .kernel_has = finding.kernel_has,
          .fix = finding.fix,
          .libc = finding.probe->libc.Text(),
          .evaluated = finding.evaluated};
}

reports::Proposed ToRow(const ProposalFinding& finding) {
  return {.feature = std::string(finding.proposal->name),
          .what = std::string(finding.proposal->what),
          .posted = std::string(finding.proposal->posted),
          .availability = SameWord<reports::Availability>(finding.availability),
          .evidence = finding.evidence};
}

std::string FixedIn(const scenarios::Claim& claim) {
  return claim.bug.empty() || claim.until == nullptr ? "" : claim.until->Text();
}

std::string ReleaseOf(const scenarios::Era* era) {
  return era == nullptr ? "" : era->mainline.Text();
}

reports::Path ToRow(scenarios::Path path) { return SameWord<reports::Path>(path); }

reports::Scenario ToRow(const scenarios::Scenario& scenario) {
  reports::Scenario row{.name = std::string(scenario.name),
                        .question = std::string(scenario.question),
                        .kind = scenario.IsTorture() ? reports::ScenarioKind::kTorture
                                                     : reports::ScenarioKind::kConformance,
                        .claims = {}};
  for (const scenarios::Path path : {scenarios::kPidfd, scenarios::kLegacyPid}) {
    for (const scenarios::Claim& claim : scenario.On(path).claims) {
      row.claims.push_back({.path = ToRow(path),
                            .outcome = std::string(claim.outcome),
                            .expect = SameWord<reports::Expect>(claim.expect),
                            .reason = std::string(claim.reason),
                            .source = std::string(claim.source),
                            .since = ReleaseOf(claim.since),
                            .until = ReleaseOf(claim.until),
                            .bug = std::string(claim.bug),
                            .fixed_in = FixedIn(claim)});
    }
  }
  return row;
}

std::string Now() {
  const std::time_t now = std::chrono::system_clock::to_time_t(std::chrono::system_clock::now());
  return fmt::format("{:%FT%TZ}", fmt::gmtime(now));
}

}  // namespace pidproof::runner
