#pragma once

#include <string>

#include "reports/document/document.h"

namespace pidproof::reports {

// What would make a feature usable that is not present: a release, a key of a seccomp profile, a
// capability, a sysctl. The document's own fix leads, where it has one; where the answer fits
// several, each is named. Empty for a present feature.
std::string Mend(const Feature& feature);

}  // namespace pidproof::reports
