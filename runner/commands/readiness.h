#pragma once

#include <string>
#include <vector>

#include "probes/consumers/consumer_startup.h"
#include "probes/worlds/world.h"
#include "reports/document/document.h"
#include "reports/ready/ready.h"
#include "runner/options.h"

namespace pidproof {

// The consumers' own calls, made in that world by a child that may die of them.
std::vector<ConsumerStartup> StartConsumersIn(const World& world, double slowdown);

// What was computed from the features beside what the replays met, a line for each that was
// replayed; and whether the two agree on all of them.
struct Comparison {
  std::string text;
  bool agrees = true;
};
Comparison Compare(const std::vector<reports::Readiness>& rows,
                   const std::vector<ConsumerStartup>& replays);

struct ReadinessQuestion {
  std::vector<std::string> consumers;  // to assess; none: all
  std::vector<std::string> require;    // must be ready
  bool quiet = false;
};

// Prints, world by world, what every consumer will do there, from the document or from what was
// just measured here (then with the replays). Returns the exit status: 0, or that of the gate where
// something is required in any of the worlds (3 too where a replay contradicts), or 3 where the
// document has a gap or no row of a world that was asked for. A line on stderr says why it is not
// 0.
int PrintReadiness(const ReadinessQuestion& question, const Options& options,
                   const reports::Document& document, bool measured_here, bool colour);

}  // namespace pidproof
