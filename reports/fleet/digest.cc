#include "reports/fleet/digest.h"

#include <xxhash.h>

#include <bit>
#include <cstddef>

namespace pidproof::reports::fleet {

Digest& Digest::Add(std::int64_t number) {
  auto left = static_cast<std::uint64_t>(number);
  for (std::size_t i = 0; i < sizeof left; ++i, left >>= 8) {
    bytes_ += static_cast<char>(left & 0xff);
  }
  return *this;
}

Digest& Digest::Add(std::string_view text) {
  Add(static_cast<std::int64_t>(text.size()));
  bytes_ += text;
  return *this;
}

std::int64_t Digest::Value() const {
  return std::bit_cast<std::int64_t>(XXH3_64bits(bytes_.data(), bytes_.size()));
}

}  // namespace pidproof::reports::fleet
