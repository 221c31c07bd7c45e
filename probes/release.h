#pragma once

#include <compare>
#include <string>
#include <string_view>

namespace pidproof {

// A kernel release, as far as it is ever compared: {6, 9}. {0, 0} stands for "always".
struct Release {
  int major = 0;
  int minor = 0;
  auto operator<=>(const Release&) const = default;

  // "6.9", or "" for {0, 0}.
  std::string Text() const;
  // {6, 18} for "6.18.44-cloud"; {0, 0} when the text does not start with two numbers.
  static Release Parse(std::string_view text);
};

}  // namespace pidproof
