#pragma once

#include <string>

#include "probes/system/result.h"

namespace pidproof {

// The whole content of a file, by system calls alone.
Result<std::string> ReadFile(const std::string& path);

}  // namespace pidproof
