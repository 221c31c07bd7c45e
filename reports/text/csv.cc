#include "reports/text/csv.h"

#include "reports/text/text_layout.h"

namespace pidproof::reports::text {

std::string CsvCell(std::string_view value) {
  std::string text = Printable(value);
  if (!text.empty() && std::string_view("=+-@\t\r").find(text[0]) != std::string_view::npos) {
    text.insert(0, "'");
  }
  std::string quoted = "\"";
  for (const char letter : text) {
    quoted += letter;
    if (letter == '"') quoted += '"';
  }
  return quoted + "\"";
}

}  // namespace pidproof::reports::text
