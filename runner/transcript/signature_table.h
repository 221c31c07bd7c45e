#pragma once

#include <span>
#include <string_view>

namespace pidproof::runner::transcript {

// parameters: one word for each, "KIND[:SIZE[:LAYOUT]]" or "of:SET" (Parameter in signature.h).
struct TableEntry {
  long number;
  std::string_view name;
  std::string_view parameters;
  std::string_view returns = {};
};

std::span<const TableEntry> Table();

}  // namespace pidproof::runner::transcript
