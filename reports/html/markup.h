// The small pieces that the page is put together from. Everything here takes plain text and gives
// markup.
#pragma once

#include <string>
#include <string_view>

#include "reports/document/vocabulary.h"

namespace pidproof::reports::html {

// The text as it may stand between tags and in a quoted attribute.
std::string Escaped(std::string_view text);

// The identifier of an element, from the parts of its place: Anchor({"feature", "native", "x/y"}).
// Native needs no mention in it. Ready to stand in a quoted attribute.
std::string Anchor(std::string_view kind, std::string_view world, std::string_view name);

// The class of elements that a tone colours.
std::string_view ClassOf(Tone tone);

// A word of a vocabulary. The page's style puts a mark before it, so that it can be read without
// colours, and its script gives it the meaning from the legend as a title.
std::string Badge(std::string_view word, std::span<const Word> list);
std::string Badge(Closed auto value) { return Badge(WordOf(value), WordsOf(value)); }

}  // namespace pidproof::reports::html
