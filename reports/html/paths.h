// What a reader looks for first: how both paths have fared, and which programs it concerns.
#pragma once

#include <string>

#include "reports/document/document.h"
#include "reports/document/index.h"

namespace pidproof::reports::html {

// A bar for each path, of how its questions ended in the first world, and the sentence that
// compares them. Empty where nothing was asked.
std::string PathsHtml(const Document& document, const Index& index);

// Which programs fall back to PIDs or break, by which feature, and what would help. Empty where no
// feature was probed.
std::string ProgramsHtml(const Document& document, const Index& index);

// The known kernel bugs that were met: where, how often, and which releases are without them. Empty
// where none was.
std::string KernelBugsHtml(const Document& document);

}  // namespace pidproof::reports::html
