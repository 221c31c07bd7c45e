#include "runner/cell.h"

#include <fmt/format.h>

#include "reports/matrix.h"

namespace pidproof {

namespace {

Outcome Ask(const Scenario& scenario, Path path, Arena& arena) {
  if (scenario.trial != nullptr) return scenario.trial(arena, path);
  return path == kPidfd ? scenario.by_pidfd(arena) : scenario.by_number(arena);
}

void RunTrials(const Scenario& scenario, Path path, Arena& arena, const FrameWriter& up,
               const Allowance& allowance) {
  Scribe scribe(up, arena, {allowance.torture});
  if (scenario.kind == Scenario::kTorture) {
    scenario.torture(arena, path, scribe);
  } else {
    scribe.Add(Ask(scenario, path, arena));
  }
}

bool MayGoBare(const Scenario& scenario, Path path) {
  return scenario.bare == kBothPaths || (scenario.bare == kPidfdOnly && path == kPidfd);
}

}  // namespace

Column RunColumn(const World& world, const Census& census, const Stage& stage,
                 const Scenario& scenario, Path path, const Allowance& allowance,
                 const std::function<void(const Column&)>& told) {
  Column column;
  if (path == kLegacyPid && !scenario.no_legacy.empty()) {
    column.lacks = fmt::format("no PID can ask this: {}", scenario.no_legacy);
    return column;
  }
  std::vector<std::string_view> needs{"legacy/kill", "legacy/waitid"};  // the referee's own tools
  const auto& own_needs = path == kPidfd ? scenario.pidfd_needs : scenario.legacy_needs;
  needs.insert(needs.end(), own_needs.begin(), own_needs.end());
  const Lack lack = census.Lacks(needs);
  column.lacks = lack.why;
  column.missing = lack.feature;
  if (!column.lacks.empty()) return column;
  if (stage.isolation == Isolation::kChild && !MayGoBare(scenario, path)) {
    column.lacks = fmt::format("needs a pid namespace of its own: {}", stage.refusal);
    column.missing = reports::kIsolation;
    return column;
  }
  const bool loops = scenario.kind == Scenario::kTorture;
  column.ended = Isolate(
      stage.isolation,
      allowance.deadline + (loops ? allowance.torture : std::chrono::milliseconds(0)),
      [&](const FrameWriter& up) {
        world.Enter();
        Arena arena(stage.isolation, {stage.dealt, allowance.outer_numbers});
        RunTrials(scenario, path, arena, up, allowance);
      },
      [&](const Frame& frame) {
        column.tally.Hear(frame);
        if (told) told(column);
      });
  return column;
}

}  // namespace pidproof
