#pragma once

#include "reports/document/document.h"
#include "runner/options.h"

namespace pidproof::runner::commands {

// Runs again the trials that a document has records of: the same scenario on the same path in the
// same world, with the recorded schedule set in every trial. Prints how often each recurs. Returns
// the exit status: 1 when any does, 0 when none does, 3 when none could be run, or no window
// opened. Throws std::runtime_error with one line where the document has no such record.
int Replay(const Options& options, const std::string& file, const reports::Document& document);

}  // namespace pidproof::runner::commands
