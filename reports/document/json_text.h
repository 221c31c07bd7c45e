// JSON as text. The only file that compiles the library's parser and serializer for documents.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>

namespace pidproof::reports {

using Json = nlohmann::ordered_json;

// In one line of UTF-8 without control characters; a byte that is no UTF-8 becomes U+FFFD.
std::string JsonLine(const Json& value);
// The same in ASCII.
std::string AsciiJsonLine(const Json& value);
// Throws Json::exception.
Json ParseJson(std::string_view text);
// A byte that is no UTF-8 becomes U+FFFD.
std::string ValidUtf8(std::string_view text);

}  // namespace pidproof::reports
