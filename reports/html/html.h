#pragma once

#include <string>

#include "reports/document/document.h"

namespace pidproof::reports::html {

// The document as one page that needs nothing else: no network, no other file. It reads in light
// and dark, on paper and without scripts, and holds every string of the document as text, never as
// markup.
std::string Html(const Document& document);

}  // namespace pidproof::reports::html
