#pragma once

#include <string>

#include "reports/document/document.h"

namespace pidproof::reports::html {

// How often harm came in each race of the first world, by pidfd and by PID, on one logarithmic
// axis: an interval of 95 % confidence where it came, and where it did not an arrow from the bound
// towards never. The widest gap between the paths first. Empty where no race was run.
std::string RacesHtml(const Document& document);

}  // namespace pidproof::reports::html
