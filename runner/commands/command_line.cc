#include "runner/commands/command_line.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <map>
#include <sstream>
#include <stdexcept>

#include "runner/commands/command.h"
#include "runner/files.h"

namespace pidproof::runner::commands {

namespace {

// Any other follows.
constexpr std::string_view kOrder[] = {
    "run",   "probe",   "ready", "show",   "report", "diff",       "table",      "merge",
    "fleet", "explain", "list",  "expect", "replay", "kernel-log", "completion", "man"};

std::vector<const Command*> InOrder() {
  std::vector<const Command*> commands = Registered<Command>::All();
  const auto place = [](const Command* command) {
    return std::ranges::find(kOrder, command->name) - std::begin(kOrder);
  };
  std::ranges::stable_sort(commands, {}, place);
  return commands;
}

// CLI11 takes them from the last to the first.
std::vector<std::string> LastToFirst(int argc, char** argv) {
  std::vector<std::string> arguments(argv + 1, argv + argc);
  const bool names_none =
      arguments.empty() || (arguments.front().starts_with('-') && arguments.front() != "-h" &&
                            arguments.front() != "--help" && arguments.front() != "--version");
  if (names_none) arguments.insert(arguments.begin(), "run");
  std::ranges::reverse(arguments);
  return arguments;
}

DescribedArgument Described(const CLI::Option& option) {
  const bool is_operand = option.get_lnames().empty();
  const bool takes_value = !is_operand && option.get_type_size() != 0;
  return {.name = is_operand ? option.get_name(true) : "--" + option.get_lnames().front(),
          .value = takes_value ? option.get_type_name() : "",
          .text = option.get_description()};
}

// Names what was given and is no argument: an option before a word too many.
std::string Unexpected(const CLI::App& app) {
  const std::vector<std::string> extras = app.remaining(true);
  const auto option =
      std::ranges::find_if(extras, [](const std::string& extra) { return extra.starts_with('-'); });
  const std::string& first = option == extras.end() ? extras.front() : *option;
  const auto commands = app.get_subcommands();
  return fmt::format("'{}' was not expected; {}", first,
                     commands.empty() ? "the command comes first, and 'pidproof --help' lists them"
                                      : fmt::format("'pidproof {} --help' lists what is",
                                                    commands.front()->get_name()));
}

}  // namespace

struct CommandLine::Parser {
  CLI::App app{"Which pidfd features are here, and do they hold under races?", "pidproof"};
  std::map<const CLI::App*, Command::Work> works;
};

CommandLine::CommandLine(bool is_init) : parser_(std::make_unique<Parser>()) {
  CLI::App& app = parser_->app;
  app.set_version_flag("--version", "pidproof " PIDPROOF_VERSION);
  app.require_subcommand(1);
  app.footer("'pidproof COMMAND --help' has a command's options. Without one: run.");
  for (const Command* command : InOrder()) {
    CLI::App* parser =
        app.add_subcommand(std::string(command->name), std::string(command->summary));
    parser->footer(fmt::format("Example: {}", command->example));
    Arguments arguments(*parser);
    parser_->works[parser] = command->declare(arguments, {*this, is_init});
  }
}

CommandLine::~CommandLine() = default;

int CommandLine::Run(int argc, char** argv) {
  CLI::App& app = parser_->app;
  std::vector<std::string> arguments = LastToFirst(argc, argv);
  const std::string first = arguments.back();
  if (!first.starts_with('-') && Registered<Command>::Find(first) == nullptr) {
    throw std::runtime_error(
        fmt::format("'{}' is not a command; 'pidproof --help' lists them", first));
  }
  try {
    app.parse(arguments);
  } catch (const CLI::Success& asked_for) {  // --help, --version
    std::ostringstream text;
    const int status = app.exit(asked_for, text, text);
    WriteOutput("-", text.str());
    return status;
  } catch (const CLI::ParseError&) {
    // What is missing may be what an unknown option was meant to give: that option is named first.
    if (app.remaining_size(true) > 0) throw std::runtime_error(Unexpected(app));
    throw;
  }
  return parser_->works.at(app.get_subcommands().front())();
}

std::vector<std::string_view> CommandLine::Commands() const {
  std::vector<std::string_view> names;
  for (const Command* command : InOrder()) names.push_back(command->name);
  return names;
}

std::vector<DescribedArgument> CommandLine::ArgumentsOf(std::string_view command) const {
  std::vector<DescribedArgument> arguments;
  const CLI::App* parser = parser_->app.get_subcommand(std::string(command));
  for (const CLI::Option* option : parser->get_options()) arguments.push_back(Described(*option));
  return arguments;
}

}  // namespace pidproof::runner::commands
