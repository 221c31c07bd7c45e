#pragma once

#include <string>
#include <vector>

#include "probes/probe.h"
#include "probes/world.h"

namespace pidproof {

// What one world offers. Findings are ordered by feature name.
struct Census {
  std::string world;
  std::string failure;  // why the world could not be entered, or empty
  std::vector<Finding> findings;

  // Nullptr when there is no such feature.
  const Finding* Find(std::string_view feature) const;
  // Why these needs are not met, as in "needs pidfd_open, which is absent here (ENOSYS)", or empty.
  std::string Lacks(const std::vector<std::string_view>& needs) const;
};

// Enters the world in a child that can be spared and probes everything there.
Census TakeCensus(const World& world, double pace);

}  // namespace pidproof
