#include "scenarios/era.h"

#include <fmt/format.h>

namespace pidproof::scenarios {

std::string Era::Text() const {
  std::string lines;
  for (const Release& backport : backports) {
    if (backport == Release{}) continue;
    lines += fmt::format("{}{}", lines.empty() ? "" : ", ", backport.Text());
  }
  return lines.empty() ? mainline.Text() : fmt::format("{} ({})", mainline.Text(), lines);
}

}  // namespace pidproof::scenarios
