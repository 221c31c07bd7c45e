#pragma once

#include <stdexcept>
#include <string>
#include <vector>

namespace pidproof::runner {

inline constexpr int kUndecided = 3;  // as an exit status: what was asked for cannot be determined

// Thrown by a command that has no answer, or not the whole of one: a line that names what is
// missing. The program prints it and exits with kUndecided.
class Undecided : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

// Throws Undecided where there are gaps, which are named after `what`: "FILE: one; another".
void RefuseGaps(const std::string& what, const std::vector<std::string>& gaps);

// The line of a gate or an error, for stderr, fit for a terminal wherever its words come from.
void PrintLine(const std::string& line);

}  // namespace pidproof::runner
