#pragma once

#include <string>

#include "reports/document/document.h"

namespace pidproof::reports::text {

struct TextStyle {
  bool colour = false;
  bool verbose = false;  // every question, reason and piece of evidence, not only the remarkable
};

// The document as a table for a terminal of 100 columns.
std::string Text(const Document& document, const TextStyle& style);

}  // namespace pidproof::reports::text
