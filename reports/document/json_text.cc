#include "reports/document/json_text.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

namespace pidproof::reports {

namespace {

std::string Line(const Json& value, bool ascii) {
  return value.dump(-1, ' ', ascii, Json::error_handler_t::replace);
}

// DEL, or U+0080 to U+009F, which is two bytes: JSON does not ask for an escape of these.
std::size_t ControlAt(std::string_view text, std::size_t i) {
  if (text[i] == '\x7F') return 1;
  const bool is_c1 = text[i] == '\xC2' && static_cast<unsigned char>(text[i + 1]) < 0xA0;
  return is_c1 ? 2 : 0;
}

// A terminal obeys them, and a document may be shown on one.
std::string WithControlsEscaped(const std::string& line) {
  std::string safe;
  for (std::size_t i = 0; i < line.size(); ++i) {
    const std::size_t bytes = ControlAt(line, i);
    if (bytes == 0) {
      safe += line[i];
      continue;
    }
    i += bytes - 1;
    safe += fmt::format("\\u{:04x}", static_cast<unsigned char>(line[i]));
  }
  return safe;
}

}  // namespace

std::string JsonLine(const Json& value) { return WithControlsEscaped(Line(value, false)); }

std::string AsciiJsonLine(const Json& value) { return Line(value, true); }

Json ParseJson(std::string_view text) { return Json::parse(text); }

std::string ValidUtf8(std::string_view text) {
  return ParseJson(JsonLine(std::string(text))).get<std::string>();
}

}  // namespace pidproof::reports
