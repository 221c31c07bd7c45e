#pragma once

#include "reports/matrix.h"
#include "runner/options.h"

namespace pidproof {

// Everything that asks the kernel: the census of every world, then (for kRun) every scenario on
// both paths. Returns the document. Progress goes to stderr when that is a terminal.
reports::Matrix Investigate(const Options& options);

}  // namespace pidproof
