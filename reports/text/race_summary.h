#pragma once

#include <string>
#include <vector>

#include "reports/document/cell.h"

namespace pidproof::reports::text {

// What there is to say about how a torture went, beside its counts: how its window was opened and
// how often, which act began first, which won. Sentences for a reader; none for conformance.
std::vector<std::string> RaceSentences(const Cell& cell);

// "kernel bug NAME: esrch, 5,085 in 12,000 opportunities: ...; fixed in 7.3.4", one a bug.
std::vector<std::string> BugSentences(const Cell& cell);

}  // namespace pidproof::reports::text
