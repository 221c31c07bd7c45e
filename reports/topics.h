#pragma once

#include <string>
#include <vector>

#include "reports/index.h"
#include "reports/pen.h"

namespace pidproof::reports {

// Whether nothing of a scenario calls for attention: both paths are upheld, unsupported or not
// told.
bool IsQuiet(const Index::Row& row);

// One line for each topic ("wait" of "wait/nohang") that counts what became of its scenarios on
// both paths, and below them the reasons for which pidfd columns are unsupported.
std::string TopicsText(const std::vector<const Index::Row*>& rows, const Pen& pen);

}  // namespace pidproof::reports
