#pragma once

#include <functional>

#include "reports/document/document.h"
#include "runner/options.h"

namespace pidproof::runner {

// Everything that asks the kernel: probes every world, then, unless only that is wanted, runs every
// chosen scenario on both paths. Returns the document, marked as interrupted where
// StopOnInterrupt's signals came. Progress goes to stderr when that is a terminal. keep, where
// there is one, is called with the document so far about once a second, marked the same: should the
// run be killed, no more is lost.
reports::Document RunSession(const Options& options,
                             const std::function<void(const reports::Document&)>& keep = {});

}  // namespace pidproof::runner
