#pragma once

#include <string>
#include <string_view>

namespace pidproof {

// Puts the text where it is wanted: "-" is stdout; a file that is not a device is written beside
// and then renamed, so that a reader never sees half of it. Throws std::runtime_error with one line
// for the user.
void Deliver(const std::string& where, std::string_view text);

// Whether what Deliver puts there a second time replaces the first: so with files, not with
// devices, pipes and stdout.
bool IsReplaceable(const std::string& where);

// Finds out, before the work is done, whether Deliver could put its result there, and removes what
// a Deliver that was killed left beside it. Throws as Deliver does.
void CheckDeliverable(const std::string& where);

// The whole of a file. Throws std::runtime_error with one line for the user.
std::string Fetch(const std::string& file);

}  // namespace pidproof
