#pragma once

#include <string>
#include <string_view>

#include "reports/document/index.h"
#include "reports/text/text.h"

namespace pidproof::reports::text {

// The part of the text about one world's scenarios, both paths side by side.
std::string ScenariosText(const Index& index, std::string_view world, const TextStyle& style);

}  // namespace pidproof::reports::text
