#pragma once

#include <string_view>

namespace pidproof::reports {

// Throws std::runtime_error with one line where an object of the JSON text has a key twice: which
// of the two is meant is not known, and programs differ in which they take. Text that is no JSON
// is read as far as it is; its reader finds the error.
void RefuseRepeatedKeys(std::string_view text);

}  // namespace pidproof::reports
