#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "probes/system/codec.h"
#include "reports/ready/impact.h"

namespace pidproof::runner::ready {

// A consumer's own first calls, made as it makes them, in a child that may die of them.
struct ConsumerStartup {
  std::string consumer;  // as the reports name it, "go-1.24"
  // Where the calls lead. Undecided: they do not return, or could not be made.
  reports::ready::Impact impact = reports::ready::Impact::kUndecided;
  std::string feature = {};  // that of the call which decided; empty where all is native
};

void Fields(auto& codec, Like<ConsumerStartup> auto& startup) {
  auto& [consumer, impact, feature] = startup;
  codec(consumer, impact, feature);
}

// All consumers whose calls are written down here, as this process stands (its world, its rights).
// slowdown: how many times slower the machine is than usual.
std::vector<ConsumerStartup> StartAllConsumers(double slowdown);

// Makes the calls of that consumer in this process, for one who traces it. False: there is none.
bool StartHere(std::string_view consumer);

}  // namespace pidproof::runner::ready
