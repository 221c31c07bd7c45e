#pragma once

#include <string>
#include <string_view>

#include "reports/document/index.h"

namespace pidproof::reports::html {

// The table of one world's scenarios, both paths side by side. Empty when there is nothing to show.
std::string ScenariosHtml(const Index& index, std::string_view world);

}  // namespace pidproof::reports::html
