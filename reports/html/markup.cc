#include "reports/html/markup.h"

#include <fmt/format.h>

#include <algorithm>

#include "reports/text/text_layout.h"

namespace pidproof::reports::html {
std::string Escaped(std::string_view text) {
  std::string safe;
  for (const char c : text::Printable(text)) {
    switch (c) {
      case '&':
        safe += "&amp;";
        break;
      case '<':
        safe += "&lt;";
        break;
      case '>':
        safe += "&gt;";
        break;
      case '"':
        safe += "&quot;";
        break;
      case '\'':
        safe += "&#39;";
        break;
      default:
        safe += c;
    }
  }
  return safe;
}

std::string Anchor(std::string_view kind, std::string_view world, std::string_view name) {
  std::string anchor = fmt::format("{}/{}{}{}", kind, world == kNative ? "" : world,
                                   world == kNative ? "" : "/", name);
  std::ranges::replace(anchor, ' ', '-');
  return Escaped(anchor);
}

std::string_view ClassOf(Tone tone) {
  switch (tone) {
    case Tone::kGood:
      return "good";
    case Tone::kCaution:
      return "caution";
    case Tone::kBad:
      return "bad";
    case Tone::kUndecided:
      return "undecided";
    case Tone::kQuiet:
      return "quiet";
  }
  return "";
}

std::string Badge(std::string_view word, std::span<const Word> list) {
  return fmt::format("<b class=\"badge {}\">{}</b>", ClassOf(ToneOf(word, list)), Escaped(word));
}

}  // namespace pidproof::reports::html
