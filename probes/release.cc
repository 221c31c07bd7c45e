#include "probes/release.h"

#include <fmt/format.h>

#include <charconv>

namespace pidproof {

std::string Release::Text() const {
  return *this == Release{} ? "" : fmt::format("{}.{}", major, minor);
}

Release Release::Parse(std::string_view text) {
  Release release;
  const char* const end = text.data() + text.size();
  const auto major = std::from_chars(text.data(), end, release.major);
  if (major.ec != std::errc() || major.ptr == end || *major.ptr != '.') return {};
  const auto minor = std::from_chars(major.ptr + 1, end, release.minor);
  return minor.ec == std::errc() ? release : Release{};
}

}  // namespace pidproof
