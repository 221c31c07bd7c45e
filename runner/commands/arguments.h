// What a command takes on its command line. Only arguments.cc and command_line.cc know the library
// that parses it, CLI11: its header takes longer to compile than a whole command.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace CLI {
class App;
class Option;
}  // namespace CLI

namespace pidproof::runner::commands {

// One that has been declared, to say more of it.
class Argument {
 public:
  explicit Argument(CLI::Option* option) : option_(option) {}
  Argument& Required();
  Argument& NotWith(const Argument& other);
  // What the help calls its value.
  Argument& Of(std::string_view type);
  // A list: one value each time that it is given, since what follows may be an operand.
  Argument& OneEachTime();
  Argument& SeparatedByCommas();
  Argument& OneOf(const std::vector<std::string>& words);
  // check: what is wrong with a value, in one line; empty where it is right.
  Argument& Checked(std::function<std::string(const std::string& value)> check);

 private:
  CLI::Option* option_;
};

// The arguments of one command. A name without dashes is an operand; text is its line in the help.
// What is declared must live until the command has done its work.
class Arguments {
 public:
  explicit Arguments(CLI::App& command) : command_(command) {}
  Argument Flag(std::string_view name, bool& given, std::string_view text);
  Argument Value(std::string_view name, std::string& value, std::string_view text);
  Argument List(std::string_view name, std::vector<std::string>& values, std::string_view text);

 private:
  CLI::App& command_;
};

}  // namespace pidproof::runner::commands
