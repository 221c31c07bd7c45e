#pragma once

#include <algorithm>
#include <array>
#include <string>
#include <string_view>

#include "probes/system/release.h"

namespace pidproof::scenarios {

// A change in what the kernel answers, and the releases known to have it. Stable lines take changes
// over one by one, and not all of them are known: a release not listed here may have the change all
// the same.
struct Era {
  static constexpr std::size_t kMostBackports = 4;

  Release mainline;         // the first mainline release that has it
  std::string_view source;  // the commit, or its subject where the commit is not known
  // The first release of each stable line that took it over, as far as known.
  std::array<Release, kMostBackports> backports = {};

  // Whether that release is known to have it. The unknown release ({0, 0}) is known to have
  // nothing.
  bool IsIn(Release kernel) const {
    return mainline <= kernel || std::ranges::any_of(backports, [&](const Release& backport) {
             return backport != Release{} && backport.IsOfLine(kernel) && backport <= kernel;
           });
  }
  // "7.0 (6.18.14, 6.19.10)"
  std::string Text() const;
};

}  // namespace pidproof::scenarios
