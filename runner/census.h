#pragma once

#include <string>
#include <vector>

#include "probes/probe.h"
#include "probes/registry.h"
#include "probes/world.h"

namespace pidproof {

// What is missing for something.
struct Lack {
  std::string feature;
  std::string why;
};

// What one world offers. Findings are ordered by feature name.
struct Census {
  std::string world;
  std::string failure;  // why the world could not be entered, or empty
  std::vector<Finding> findings;

  // Nullptr when there is no such feature.
  const Finding* Find(std::string_view feature) const;
  bool Has(std::string_view feature) const;
  // The first of these needs that is not met, and why, as in "needs pidfd_open, which is absent
  // here (ENOSYS)"; both empty when all are.
  Lack Lacks(const std::vector<std::string_view>& needs) const;
};

// Enters the world in a child that can be spared and probes these features there.
Census TakeCensus(const World& world, double pace,
                  const std::vector<const Probe*>& probes = Registered<Probe>::All());

}  // namespace pidproof
