#include "runner/options.h"

#include <fnmatch.h>

#include <algorithm>

namespace pidproof::runner {

bool Options::Wants(std::string_view name) const {
  return only.empty() || std::ranges::any_of(only, [&](const std::string& glob) {
           return fnmatch(glob.c_str(), std::string(name).c_str(), 0) == 0;
         });
}

}  // namespace pidproof::runner
