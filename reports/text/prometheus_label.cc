#include "reports/text/prometheus_label.h"

#include <algorithm>

#include "reports/text/text_layout.h"

namespace pidproof::reports::text {

std::string PrometheusLabel(std::string_view name, std::string_view value) {
  const auto is_digit = [](char letter) { return letter >= '0' && letter <= '9'; };
  std::string label;
  for (const char letter : name) {
    const bool is_plain =
        (letter >= 'a' && letter <= 'z') || (letter >= 'A' && letter <= 'Z') || is_digit(letter);
    label += is_plain ? letter : '_';
  }
  if (label.empty() || is_digit(label[0])) label.insert(0, "_");
  label += "=\"";
  for (const char letter : Printable(value)) {
    if (letter == '"' || letter == '\\') label += '\\';
    label += letter;
  }
  return label + '"';
}

}  // namespace pidproof::reports::text
