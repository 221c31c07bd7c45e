#include <fmt/format.h>
#include <nettle/hmac.h>

#include <array>
#include <cstdint>
#include <stdexcept>

#include "runner/pseudonym/pseudonym.h"

namespace pidproof::runner::pseudonym {

namespace {

const std::uint8_t* Bytes(std::string_view text) {
  return reinterpret_cast<const std::uint8_t*>(text.data());
}

}  // namespace

std::string Of(std::string_view name, std::string_view salt) {
  if (salt.empty()) {
    throw std::invalid_argument("--anonymise: the salt is empty; give a text that stays secret");
  }
  hmac_sha256_ctx context;
  hmac_sha256_set_key(&context, salt.size(), Bytes(salt));
  hmac_sha256_update(&context, name.size(), Bytes(name));
  std::array<std::uint8_t, 8> digest{};
  hmac_sha256_digest(&context, digest.size(), digest.data());
  return fmt::format("host-{:02x}", fmt::join(digest, ""));
}

}  // namespace pidproof::runner::pseudonym
