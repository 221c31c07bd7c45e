#include "scenarios/watch/placement.h"

#include <vector>

#include "probes/system/processors.h"
#include "probes/system/require.h"

namespace pidproof::scenarios::watch {

std::string_view Word(Placement placement) {
  return placement == Placement::kAny ? "any" : placement == Placement::kSame ? "same" : "across";
}

Processors::Processors(Placement placement) : before_(AllowedProcessors()), of_children_(before_) {
  if (placement == Placement::kAny) return;
  const std::vector<std::size_t> allowed = ProcessorsIn(before_);
  const std::size_t needed = placement == Placement::kAcross ? 2 : 1;
  if (allowed.size() < needed) throw Unsupported("needs two processors");
  if (!AllowProcessors(Only(allowed[0]))) throw Unsupported("needs sched_setaffinity(2)");
  of_children_ = Only(allowed[needed - 1]);
}

Processors::~Processors() { AllowProcessors(before_); }

void Processors::Place(pid_t child) const { Require(AllowProcessors(of_children_, child)); }

}  // namespace pidproof::scenarios::watch
