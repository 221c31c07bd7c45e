#pragma once

#include <functional>

#include "reports/document/document.h"
#include "runner/options.h"
#include "runner/run_cell.h"

namespace pidproof {

// Everything that asks the kernel: the census of every world, then (for kRun) every scenario on
// both paths. Returns the document, marked as interrupted where StopOnInterrupt's signals came.
// Progress goes to stderr when that is a terminal. keep, where there is one, is handed the document
// so far about once a second, marked the same: should the run be killed, no more is lost.
reports::Document RunSession(const Options& options,
                             const std::function<void(const reports::Document&)>& keep = {});

// What the options allow each column, on a machine of that slowdown.
Limits LimitsFor(const Options& options, double slowdown);

}  // namespace pidproof
