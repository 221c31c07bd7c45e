#pragma once

#include <compare>
#include <string>
#include <string_view>

namespace pidproof {

// A kernel release: {6, 9} for 6.9, {6, 18, 14} for the fourteenth patch of the stable line 6.18.
// {0, 0}: unknown, or "always".
struct Release {
  // Before 6.9 is out, a kernel that calls itself 6.9.0-rc3 has some of 6.9's changes.
  static constexpr int kCandidate = -1;

  int major = 0;
  int minor = 0;
  int patch = 0;
  auto operator<=>(const Release&) const = default;

  constexpr bool IsOfLine(const Release& other) const {
    return major == other.major && minor == other.minor;
  }
  // "6.9", "6.18.14", "6.9-rc", or "" for {0, 0}.
  std::string Text() const;
  // {6, 18, 44} for "6.18.44-cloud", {6, 9, kCandidate} for "6.9.0-rc3", {6, 18, 43} for
  // "6.18.44-rc1"; {0, 0} when the text does not start with two numbers. A distribution with its
  // own numbering ("6.1.0-25-amd64" is Debian's 6.1.106) reads as older than it is.
  static Release Parse(std::string_view text);
};

}  // namespace pidproof
