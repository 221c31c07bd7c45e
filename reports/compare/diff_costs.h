// The part of a diff that is about costs.
#pragma once

#include "reports/compare/diff.h"

namespace pidproof::reports::compare {

// Why costs of the two say nothing of each other, a sentence without a full stop: they are not of
// one machine and kernel, and not asked for across. Empty where they can be compared.
std::string IncomparableCosts(const Document& before, const Document& after, Across across);

// Fills diff.costs, and appends what became faster or slower, what cannot be measured any more or
// can be now, and notes on what only one document has.
void AddCosts(const Document& before, const Document& after, Across across, Diff& diff);

}  // namespace pidproof::reports::compare
