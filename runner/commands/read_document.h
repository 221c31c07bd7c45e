// Documents that a command reads.
#pragma once

#include <string>
#include <vector>

#include "reports/document/document.h"

namespace pidproof::runner::commands {

// Throws Undecided where it is cut short or has another schema, std::runtime_error where it is not
// a document: one line that begins with the file's name.
reports::Document ReadDocument(const std::string& file);

// What keeps its verdicts from being an answer, or the whole of one; empty where they are.
std::vector<std::string> GapsOfVerdicts(const reports::Document& document);

}  // namespace pidproof::runner::commands
