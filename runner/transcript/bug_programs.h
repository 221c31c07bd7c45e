#pragma once

#include <string_view>

namespace pidproof::runner::transcript {

// A self-contained C program that sets the race of a known kernel bug, and prints the rate that it
// shows; empty where there is none.
std::string_view BugProgram(std::string_view bug);

}  // namespace pidproof::runner::transcript
