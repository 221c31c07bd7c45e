#pragma once

#include <functional>
#include <string_view>

#include "probes/registry.h"
#include "runner/commands/arguments.h"

namespace pidproof::runner::commands {

class CommandLine;

// What every command may know of the program it is part of.
struct Program {
  const CommandLine& command_line;  // all commands and their arguments
  bool is_init;                     // the kernel was booted for this program, and runs no other
};

// A command of the program: one file each in this folder, which registers it. --help, the manual
// page and the completions are made of these and of the arguments that they declare.
struct Command {
  // The exit status: see reports/README.md. What it throws is printed in one line; the status is
  // then 3 for Undecided and 2 for anything else.
  using Work = std::function<int()>;

  std::string_view name;
  std::string_view summary;  // one line
  std::string_view example;  // a call, as a user types it
  // What its operand may be: words that a shell expands, for the completions. Empty: a file.
  std::string_view operands = {};
  // Declares the arguments, and returns the work, which is done once they are parsed.
  Work (*declare)(Arguments& arguments, const Program& program);
};

}  // namespace pidproof::runner::commands
