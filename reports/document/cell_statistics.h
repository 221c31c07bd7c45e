#pragma once

#include "reports/document/cell.h"
#include "reports/document/json_object.h"

namespace pidproof::reports {

// Adds the keys that are computed from a cell: how strong the evidence is, the rate in a
// sentence, and the interval of the rate, or the bound where nothing was hit.
void SetStatistics(Json& row, const Cell& cell);

}  // namespace pidproof::reports
