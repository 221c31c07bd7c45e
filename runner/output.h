#pragma once

#include <string>
#include <string_view>

namespace pidproof {

// Puts the text where it is wanted: "-" is stdout; a file that is not a device is written beside
// and then renamed, so that a reader never sees half of it. Throws std::runtime_error with one line
// for the user.
void Deliver(const std::string& where, std::string_view text);

// The whole of a file. Throws std::runtime_error with one line for the user.
std::string Fetch(const std::string& file);

}  // namespace pidproof
