#include "probes/system/release.h"

#include <fmt/format.h>

#include <charconv>

namespace pidproof {

std::string Release::Text() const {
  if (*this == Release{}) return "";
  if (patch == kCandidate) return fmt::format("{}.{}-rc", major, minor);
  if (patch == 0) return fmt::format("{}.{}", major, minor);
  return fmt::format("{}.{}.{}", major, minor, patch);
}

Release Release::Parse(std::string_view text) {
  Release release;
  const char* const end = text.data() + text.size();
  const auto major = std::from_chars(text.data(), end, release.major);
  if (major.ec != std::errc() || major.ptr == end || *major.ptr != '.') return {};
  const auto minor = std::from_chars(major.ptr + 1, end, release.minor);
  if (minor.ec != std::errc()) return {};
  const char* rest = minor.ptr;
  if (rest != end && *rest == '.') {
    const auto patch = std::from_chars(rest + 1, end, release.patch);
    if (patch.ec == std::errc()) rest = patch.ptr;
  }
  // What a release candidate contains is not known, only what came before it.
  if (std::string_view(rest, end).starts_with("-rc")) --release.patch;
  return release;
}

}  // namespace pidproof
