// Plain text for a terminal: strings of unknown origin made safe, and lines of a known width.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace pidproof::reports::text {

// The text on one line and without anything that could steer a terminal or a reader: control
// characters, what turns the direction of text, and bytes that are not UTF-8 are replaced.
std::string Printable(std::string_view text);

// "1,234,567"
std::string Thousands(std::uint64_t number);

// "12.3 s"
std::string Seconds(double seconds);

// An estimated duration: "40 s", "3 min", "2 h".
std::string About(double seconds);

// The number of characters.
std::size_t Width(std::string_view text);

// The text and as many blanks as bring it to the width; longer text is left as it is.
std::string Padded(std::string_view text, std::size_t width);

// The pieces joined by the separator into lines no wider than `width`; only a piece that is wider
// itself is cut.
std::vector<std::string> Flow(const std::vector<std::string>& pieces, std::string_view separator,
                              std::size_t width);

// The sentence, or its beginning and "..." where it is longer, cut between two words; without them
// where there is no room for a word and them.
std::string Clipped(std::string_view sentence, std::size_t width);

// A sentence broken at its blanks into lines no wider than `width`.
std::vector<std::string> Wrapped(std::string_view sentence, std::size_t width);

}  // namespace pidproof::reports::text
