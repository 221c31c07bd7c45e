#pragma once

#include <vector>

#include "probes/refusal/restriction.h"
#include "runner/judge.h"

namespace pidproof::runner {

// Whether the surroundings may be what went wrong.
bool IsBad(Verdict verdict);

// What a judgment is worth in a sandbox with these restrictions. Pure. A bad verdict that one of
// them may be the cause of, in this cell or in its control, proves nothing: it turns into
// "unsupported", with the name of the restriction. Without restrictions nothing changes, but where
// there was no memory, descriptor or space to set a trial up, the machine cannot offer it.
Judgment UnderRestrictions(Judgment judgment, const scenarios::Scenario& scenario,
                           scenarios::Path path, const CellRun& own, const CellRun& other,
                           const std::vector<refusal::Restriction>& restrictions);

}  // namespace pidproof::runner
