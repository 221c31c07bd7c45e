#pragma once

#include <string>
#include <vector>

#include "probes/probe.h"
#include "probes/registry.h"
#include "probes/worlds/world.h"

namespace pidproof::runner {

// What is missing for something.
struct Lack {
  std::string feature;
  std::string why;
};

// What one world offers: a finding for every feature, ordered by its name.
struct Census {
  std::string world;
  std::string failure;  // why it could not be taken, or not to its end, or empty
  std::vector<Finding> findings;

  // Nullptr when there is no such feature.
  const Finding* Find(std::string_view feature) const;
  // Whether it was seen to be present: what was evaluated only is nothing to build on.
  bool Has(std::string_view feature) const;
  // The first of these needs that is not met, and why, as in "needs pidfd_open, which is absent
  // here (ENOSYS)"; both empty when all are.
  Lack Lacks(const std::vector<std::string_view>& needs) const;
};

// Enters the world in a child that can be spared and probes these features there. What cannot be
// tried under the world's filter is evaluated (CompleteCensus). budget: of this process.
Census TakeCensus(const World& world, double slowdown,
                  const std::vector<const Probe*>& probes = Registered<Probe>::All(),
                  const CpuBudget& budget = {});

// Settles by the census of the kernel as it is, if there is one, what the others left unclear.
// censuses: those of worlds, in their order.
void CompareCensuses(const std::vector<World>& worlds, std::vector<Census>& censuses);

}  // namespace pidproof::runner
