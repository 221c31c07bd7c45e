#pragma once

#include <string>
#include <string_view>

namespace pidproof::reports::text {

// A cell of a table for a spreadsheet (RFC 4180), in quotes and on one line; what could begin a
// formula is made text by a ' before it.
std::string CsvCell(std::string_view value);

}  // namespace pidproof::reports::text
