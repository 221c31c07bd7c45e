#pragma once

#include <string>
#include <vector>

#include "reports/document/document.h"

namespace pidproof::reports::compare {

// One environment: a name that a reader will recognise, and the document made there.
struct NamedDocument {
  std::string name;
  Document document;
};

struct TableStyle {
  bool markdown = false;        // otherwise plain text
  bool only_differing = false;  // leave out the rows that say the same everywhere
  bool fold = false;            // let environments that say the same in every row share a column
};

// Several documents side by side: their native features, then their native verdicts, one column for
// each environment. What a document does not have reads "-". Plain text is folded at 100
// columns.
std::string Table(const std::vector<NamedDocument>& environments, const TableStyle& style);

}  // namespace pidproof::reports::compare
