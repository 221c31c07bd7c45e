#pragma once

#include <string>
#include <string_view>

#include "reports/document/document.h"

namespace pidproof::runner::commands {

// All that is known of one feature (what it is, since when, how it is probed, what each answer
// means, who needs it) or of one scenario (its question, needs and claims with their sources); for
// "errnos" the runbook (explain_errnos.h).
// Throws std::invalid_argument with one line when there is no such name.
std::string Explain(std::string_view name);

// What a document says of it, a line for each world (and path). Throws Undecided where it has no
// row of it.
std::string ResultsFor(std::string_view name, const reports::Document& document);

}  // namespace pidproof::runner::commands
