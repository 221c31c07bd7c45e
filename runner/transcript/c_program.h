#pragma once

#include <string>

#include "runner/transcript/script.h"

namespace pidproof::runner::transcript {

// A self-contained program that makes the same calls in the same order, and compares the answers.
// title: a comment at its top. Only for a script without obstacles.
std::string CProgram(const Script& script, const std::string& title);

}  // namespace pidproof::runner::transcript
