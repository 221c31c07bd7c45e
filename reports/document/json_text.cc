#include "reports/document/json_text.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

namespace pidproof::reports {

namespace {

std::string Line(const Json& value, bool ascii) {
  return value.dump(-1, ' ', ascii, Json::error_handler_t::replace);
}

// Of a character of at most three bytes.
unsigned CodeAt(std::string_view text, std::size_t i) {
  const auto byte = [&](std::size_t at) { return static_cast<unsigned char>(text[at]); };
  if (byte(i) < 0x80) return byte(i);
  if (byte(i) < 0xE0) return (byte(i) & 0x1FU) << 6 | (byte(i + 1) & 0x3FU);
  return (byte(i) & 0x0FU) << 12 | (byte(i + 1) & 0x3FU) << 6 | (byte(i + 2) & 0x3FU);
}

// JSON asks for an escape of fewer characters than must not reach a terminal.
std::string WithUnsafeEscaped(const std::string& line) {
  std::string safe;
  for (std::size_t i = 0; i < line.size(); ++i) {
    const std::size_t bytes = UnsafeBytesAt(line, i);
    if (bytes == 0) {
      safe += line[i];
      continue;
    }
    safe += fmt::format("\\u{:04x}", CodeAt(line, i));
    i += bytes - 1;
  }
  return safe;
}

}  // namespace

std::size_t UnsafeBytesAt(std::string_view text, std::size_t i) {
  const auto first = static_cast<unsigned char>(text[i]);
  if (first < ' ' || first == 0x7F) return 1;
  if (first == 0xC2 && static_cast<unsigned char>(text[i + 1]) < 0xA0) return 2;
  if (first != 0xE2 && first != 0xEF) return 0;
  const unsigned code = CodeAt(text, i);
  const bool turns = code == 0x200E || code == 0x200F || (code >= 0x2028 && code <= 0x202E) ||
                     (code >= 0x2066 && code <= 0x2069);
  return turns || code == 0xFFFE || code == 0xFFFF ? 3 : 0;
}

std::string JsonLine(const Json& value) { return WithUnsafeEscaped(Line(value, false)); }

std::string AsciiJsonLine(const Json& value) { return Line(value, true); }

Json ParseJson(std::string_view text) { return Json::parse(text); }

std::string ValidUtf8(std::string_view text) {
  return ParseJson(JsonLine(std::string(text))).get<std::string>();
}

}  // namespace pidproof::reports
