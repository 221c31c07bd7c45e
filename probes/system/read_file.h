#pragma once

#include <string>

#include "probes/system/result.h"

namespace pidproof {

// All that a file holds, by system calls alone.
Result<std::string> ReadFile(const std::string& path);

}  // namespace pidproof
