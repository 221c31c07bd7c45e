#include "reports/document/json_text.h"

#include <nlohmann/json.hpp>

namespace pidproof::reports {

namespace {

std::string Line(const Json& value, bool ascii) {
  return value.dump(-1, ' ', ascii, Json::error_handler_t::replace);
}

}  // namespace

std::string JsonLine(const Json& value) { return Line(value, false); }

std::string AsciiJsonLine(const Json& value) { return Line(value, true); }

Json ParseJson(std::string_view text) { return Json::parse(text); }

std::string ValidUtf8(std::string_view text) {
  return ParseJson(JsonLine(std::string(text))).get<std::string>();
}

}  // namespace pidproof::reports
