#pragma once

#include <string>

namespace pidproof::runner {

// The whole of a file that is to be JSON. Throws std::runtime_error with one
// line for the user where it cannot be read, or where an object has a key twice: which of the two
// is meant is not known, and programs differ in which they take. Other errors are for its reader to
// find.
std::string ReadJson(const std::string& file);

}  // namespace pidproof::runner
