// JSON as text. The only file that compiles the library's parser and serializer for documents.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>

namespace pidproof::reports {

using Json = nlohmann::ordered_json;

// The bytes of the character at `i` of valid UTF-8 where no output may hold it, else 0: a control
// character (U+0080 to U+009F are two bytes), what breaks or turns a line (U+200E, U+200F, U+2028
// to U+202E, U+2066 to U+2069), and U+FFFE and U+FFFF, which XML cannot have.
std::size_t UnsafeBytesAt(std::string_view text, std::size_t i);

// In one line of UTF-8 without such characters; a byte that is no UTF-8 becomes U+FFFD.
std::string JsonLine(const Json& value);
// The same in ASCII.
std::string AsciiJsonLine(const Json& value);
// Throws Json::exception.
Json ParseJson(std::string_view text);
// A byte that is no UTF-8 becomes U+FFFD.
std::string ValidUtf8(std::string_view text);

}  // namespace pidproof::reports
