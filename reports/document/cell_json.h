#pragma once

#include "reports/document/cell.h"
#include "reports/document/json_object.h"

namespace pidproof::reports {

// A cell as a row of the document. Beside what it holds, it tells what follows from that: the
// interval of the rate, the bound where nothing was hit, and both in a sentence.
Json RowOf(const Cell& cell);

// The other way; what follows is not read.
Cell ReadCell(const JsonObject& row);

}  // namespace pidproof::reports
