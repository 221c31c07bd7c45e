// The part of a diff that is about cells: verdicts, outcomes, rates, known kernel bugs.
#pragma once

#include "reports/compare/diff.h"
#include "reports/document/index.h"

namespace pidproof::reports::compare {

// Appends the differences of the cells that both documents have, and the notes on those that could
// not be compared. The documents must be those of the indexes.
void CompareCells(const Document& before, const Index& index_before, const Document& after,
                  const Index& index_after, Diff& diff);

}  // namespace pidproof::reports::compare
