#pragma once

#include <stdexcept>
#include <string>
#include <vector>

#include "reports/document/document.h"

namespace pidproof::reports {

// Why a document is incomplete: a sentence without a full stop for each gap, none where it is
// complete. No gate may pass a document that has one.
std::vector<std::string> Gaps(const Document& document);

// Why no verdict of the document decides anything, with the commonest reason: a sentence without a
// full stop. Empty where one does, and where there is no verdict.
std::string WhyUndecided(const Document& document);

// Thrown for a document that pidproof wrote, but that is cut short or has another schema.
class Unreadable : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

}  // namespace pidproof::reports
