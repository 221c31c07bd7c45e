#pragma once

#include <vector>

#include "probes/refusal/restriction.h"
#include "runner/judge.h"

namespace pidproof {

// Whether the surroundings may be what went wrong.
bool IsBad(Verdict verdict);

// What a judgement is worth on a stage with these restrictions. Pure. A bad verdict that one of
// them may be the cause of, in this column or in its control, convicts nobody: it turns into
// "unsupported", with the name of the restriction. Without restrictions nothing changes, save that
// a stage for which there was no memory, descriptor or space is one that the machine cannot offer.
Judgment UnderRestrictions(Judgment judgement, const Scenario& scenario, Path path,
                           const CellRun& own, const CellRun& other,
                           const std::vector<Restriction>& restrictions);

}  // namespace pidproof
