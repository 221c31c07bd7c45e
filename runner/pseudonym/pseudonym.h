#pragma once

#include <string>
#include <string_view>

namespace pidproof::runner::pseudonym {

// "host-" and 16 hexadecimal digits that stand for a name: the same for the same name and salt
// (HMAC-SHA-256, RFC 2104, cut to 64 bits). Who does not know the salt cannot try names. Throws
// std::invalid_argument for an empty salt, and in a build without libnettle.
std::string Of(std::string_view name, std::string_view salt);

}  // namespace pidproof::runner::pseudonym
