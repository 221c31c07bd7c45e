#pragma once

#include <string>
#include <vector>

#include "probes/worlds/world.h"
#include "reports/document/document.h"
#include "reports/ready/ready.h"
#include "runner/options.h"
#include "runner/ready/consumer_startup.h"

namespace pidproof::runner::ready {

// The consumers' own calls, made in that world by a child that may die of them.
std::vector<ConsumerStartup> StartConsumersIn(const World& world, double slowdown);

// What was computed from the features beside where the start-up calls led, a line for each consumer
// that was started; and whether the two agree on all of them.
struct Comparison {
  std::string text;
  bool agrees = true;
};
Comparison Compare(const std::vector<reports::ready::Readiness>& rows,
                   const std::vector<ConsumerStartup>& startups);

struct ReadinessQuestion {
  std::vector<std::string> consumers;  // to assess; none: all
  std::vector<std::string> require;    // must be ready
  bool quiet = false;
};

// Prints, world by world, what every consumer will do there, from the document or from what was
// just measured here (then beside the start-up calls). Returns the exit status: 0, or that of the
// gate where something is required in any of the worlds (3 too where a start-up contradicts), or 3
// where the document has a gap or no row of a world that was asked for. A line on stderr says why
// it is not 0.
int PrintReadiness(const ReadinessQuestion& question, const Options& options,
                   const reports::Document& document, bool measured_here, bool colour);

}  // namespace pidproof::runner::ready
