#pragma once

#include <stdexcept>
#include <string>
#include <vector>

#include "reports/document/document.h"

namespace pidproof::reports {

// What keeps a document from being an answer, or the whole of one; a sentence without a full stop
// for each, none where it is whole. No gate may pass a document that has one.
std::vector<std::string> Gaps(const Document& document);

// Why no verdict of the document decides anything, with the commonest reason: a sentence without a
// full stop. Empty where one does, and where there is no verdict.
std::string WhyUndecided(const Document& document);

// Thrown for a document of pidproof's that is not all there, or has another schema: it was made,
// and no answer can be read from it.
class Unreadable : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

}  // namespace pidproof::reports
