// The program's command line: which command it names, and with what.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace pidproof::runner::commands {

// An argument as a help text, a completion or a manual page names it.
struct DescribedArgument {
  std::string name;   // "--json"; of an operand "FILE"
  std::string value;  // what its value is called; empty where it takes none, or is one
  std::string text;
};

class CommandLine {
 public:
  // is_init: see Program.
  explicit CommandLine(bool is_init);
  ~CommandLine();
  CommandLine(const CommandLine&) = delete;
  CommandLine& operator=(const CommandLine&) = delete;

  // Does the work of the command that is named, run where none is, and returns the exit status.
  // Throws what a command throws, or one line that names the argument and what is wrong with it.
  int Run(int argc, char** argv);
  // In the order in which a newcomer needs them.
  std::vector<std::string_view> Commands() const;
  std::vector<DescribedArgument> ArgumentsOf(std::string_view command) const;

 private:
  struct Parser;
  std::unique_ptr<Parser> parser_;
};

}  // namespace pidproof::runner::commands
