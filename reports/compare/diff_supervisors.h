// The part of a diff that is about what supervisors did wrong as they were measured.
#pragma once

#include "reports/compare/diff.h"

namespace pidproof::reports::compare {

// Appends what a supervisor did wrong on one side and not on the other: stops that hit another
// worker, ends that it missed or saw twice. By pidfd one is enough, whatever the number of stops:
// there it may not happen at all. By PID it is a hazard that comes and goes: neutral, and told
// only where chance does not explain it (chance.h).
void AddSupervisors(const Document& before, const Document& after, Diff& diff);

}  // namespace pidproof::reports::compare
