#pragma once

#include <string>
#include <vector>

namespace pidproof {

// A consumer's own calls, done as it does them, in a child that may die of them.
struct ConsumerStartup {
  std::string consumer;  // as the reports name it, "go-1.24"
  // Where the calls lead: native, degraded-silently, broken-at-start, broken-late, crash; or
  // undecided, when they do not come back or the stage could not be set.
  std::string branch;
  std::string step;  // the call that decided, as a feature id; empty for native
};

// All consumers that can be replayed, as this process stands (its world, its rights).
std::vector<ConsumerStartup> StartAllConsumers(double slowdown);

}  // namespace pidproof
