#include "reports/text/text_layout.h"

#include <fmt/format.h>

#include <algorithm>

#include "reports/document/json_text.h"

namespace pidproof::reports::text {
namespace {

bool StartsCharacter(char byte) { return (static_cast<unsigned char>(byte) & 0xC0) != 0x80; }

// The bytes of the first `count` characters.
std::size_t Prefix(std::string_view text, std::size_t count) {
  std::size_t i = 0;
  for (; i < text.size(); ++i) {
    if (StartsCharacter(text[i]) && count-- == 0) break;
  }
  return i;
}

std::vector<std::string> Words(std::string_view sentence) {
  std::vector<std::string> words;
  while (!sentence.empty()) {
    const std::size_t end = std::min(sentence.find(' '), sentence.size());
    if (end > 0) words.emplace_back(sentence.substr(0, end));
    sentence.remove_prefix(std::min(end + 1, sentence.size()));
  }
  return words;
}

bool IsPlain(char byte) { return byte >= ' ' && byte <= '~'; }

}  // namespace

std::string Printable(std::string_view text) {
  if (std::ranges::all_of(text, IsPlain)) return std::string(text);
  const std::string valid = ValidUtf8(text);
  std::string clean;
  for (std::size_t i = 0; i < valid.size(); ++i) {
    const std::size_t bytes = UnsafeBytesAt(valid, i);
    if (bytes == 0) {
      clean += valid[i];
    } else {
      clean += valid[i] == '\n' || valid[i] == '\t' ? ' ' : '?';
      i += bytes - 1;
    }
  }
  return clean;
}

std::string Thousands(std::uint64_t number) {
  std::string digits = std::to_string(number);
  for (std::size_t i = digits.size(); i > 3; i -= 3) digits.insert(i - 3, ",");
  return digits;
}

std::string Seconds(double seconds) { return fmt::format("{:.1f} s", seconds); }

std::string About(double seconds) {
  constexpr double kMinute = 60;
  constexpr double kHour = 60 * kMinute;
  if (seconds < 2 * kMinute) return fmt::format("{:.0f} s", seconds);
  if (seconds < 2 * kHour) return fmt::format("{:.0f} min", seconds / kMinute);
  return fmt::format("{:.0f} h", seconds / kHour);
}

std::size_t Width(std::string_view text) {
  return static_cast<std::size_t>(std::ranges::count_if(text, StartsCharacter));
}

std::string Padded(std::string_view text, std::size_t width) {
  const std::size_t used = Width(text);
  return std::string(text) + std::string(used < width ? width - used : 0, ' ');
}

std::vector<std::string> Flow(const std::vector<std::string>& pieces, std::string_view separator,
                              std::size_t width) {
  width = std::max<std::size_t>(width, 1);
  std::vector<std::string> lines;
  for (std::string piece : pieces) {
    if (!lines.empty() && Width(lines.back()) + Width(separator) + Width(piece) <= width) {
      lines.back().append(separator).append(piece);
      continue;
    }
    for (; Width(piece) > width; piece.erase(0, Prefix(piece, width))) {
      lines.push_back(piece.substr(0, Prefix(piece, width)));
    }
    lines.push_back(piece);
  }
  return lines;
}

std::vector<std::string> Wrapped(std::string_view sentence, std::size_t width) {
  return Flow(Words(sentence), " ", width);
}

std::string Clipped(std::string_view sentence, std::size_t width) {
  if (Width(sentence) <= width) return std::string(sentence);
  constexpr std::string_view kCut = " ...";
  const std::vector<std::string> lines =
      width > kCut.size() ? Wrapped(sentence, width - kCut.size()) : std::vector<std::string>();
  if (lines.empty()) return std::string(sentence.substr(0, Prefix(sentence, width)));
  return lines.front() + std::string(kCut);
}

}  // namespace pidproof::reports::text
