#pragma once

#include <string_view>

namespace pidproof::runner::transcript {

// The parts of a C program that are the same in each: what comes before the variables, and before
// and after the actors.
std::string_view CHead();
std::string_view CCalls();
std::string_view CMain();

}  // namespace pidproof::runner::transcript
