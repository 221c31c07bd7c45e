#pragma once

#include <vector>

#include "probes/probe.h"
#include "probes/worlds/world.h"
#include "runner/census.h"

namespace pidproof::runner {

// Leaves none of these features out of a census. One that was not probed, or whose attempt did not
// come to its call, is found by evaluating the world's filter where there is one; where there is
// none, or the rest is not known, it is unclear and says why. slowdown, budget: as of
// TakeCensus.
void CompleteCensus(Census& census, const World& world, double slowdown,
                    const std::vector<const Probe*>& probes, const CpuBudget& budget);

}  // namespace pidproof::runner
