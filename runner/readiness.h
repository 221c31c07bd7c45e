#pragma once

#include <string>
#include <vector>

#include "probes/replay.h"
#include "probes/world.h"
#include "reports/matrix.h"
#include "reports/ready.h"
#include "runner/options.h"

namespace pidproof {

// The consumers' own calls, made in that world by a child that may die of them.
std::vector<Replay> ReplayIn(const World& world, double pace);

// What was computed from the features beside what the replays met, a line for each that was
// replayed; and whether the two agree on all of them.
struct Comparison {
  std::string text;
  bool agrees = true;
};
Comparison Compare(const std::vector<reports::Readiness>& rows, const std::vector<Replay>& replays);

// Prints, world by world, what every consumer will do there, from the document or from what was
// just measured here (then with the replays). Returns the exit status: 0, or that of the gate where
// something is required in any of the worlds (3 too where a replay contradicts), or 3 where the
// document has a gap or no row of a world that was asked for. A line on stderr says why it is not
// 0.
int TellReadiness(const Options& options, const reports::Matrix& matrix, bool measured_here,
                  bool colour);

}  // namespace pidproof
