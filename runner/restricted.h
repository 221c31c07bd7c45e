#pragma once

#include <vector>

#include "probes/restriction.h"
#include "runner/grade.h"

namespace pidproof {

// What a judgement is worth on a stage with these restrictions. Pure. A bad verdict that one of
// them may be the cause of, in this column or in its control, convicts nobody: it turns into
// "unsupported", with the name of the restriction. Without restrictions nothing changes, save that
// a stage for which there was no memory, descriptor or space is one that the machine cannot offer.
Judgement UnderRestrictions(Judgement judgement, const Scenario& scenario, Path path,
                            const Column& own, const Column& other,
                            const std::vector<Restriction>& restrictions);

}  // namespace pidproof
