// completion and man: what is generated from the table of commands.
#include <fmt/chrono.h>
#include <fmt/format.h>

#include <memory>

#include "runner/commands/command.h"
#include "runner/commands/command_line.h"
#include "runner/files.h"

namespace pidproof::runner::commands {

namespace {

// " --json --html": the options of a command that a shell completes.
std::string OptionNames(const std::vector<DescribedArgument>& arguments) {
  std::string names;
  for (const DescribedArgument& argument : arguments) {
    if (argument.name.starts_with("--")) names += " " + argument.name;
  }
  return names;
}

// ' operands="..."' of a command that takes other operands than files.
std::string OperandsOf(std::string_view command) {
  const Command* row = Registered<Command>::Find(command);
  if (row == nullptr || row->operands.empty()) return "";
  return fmt::format(" operands=\"{}\"", row->operands);
}

constexpr std::string_view kBash =
    R"(# bash completion of pidproof: source it, or install it as completions/pidproof
_pidproof() {{
  local word=${{COMP_WORDS[COMP_CWORD]}} command=run each
  for each in "${{COMP_WORDS[@]:1:COMP_CWORD-1}}"; do
    case $each in
      {commands}) command=$each; break ;;
    esac
  done
  local options operands=
  case $command in
{options}  esac
  if [[ $word == -* ]]; then
    mapfile -t COMPREPLY < <(compgen -W "$options" -- "$word")
  elif ((COMP_CWORD == 1)); then
    mapfile -t COMPREPLY < <(compgen -W "{names}" -- "$word")
  else
    mapfile -t COMPREPLY < <(compgen -f -W "$operands" -- "$word")
  fi
}}
complete -o filenames -F _pidproof pidproof
)";

std::string Bash(const CommandLine& line) {
  std::string options;
  for (const std::string_view command : line.Commands()) {
    options += fmt::format("    {}) options=\"{}\"{} ;;\n", command,
                           OptionNames(line.ArgumentsOf(command)), OperandsOf(command));
  }
  return fmt::format(kBash, fmt::arg("commands", fmt::join(line.Commands(), " | ")),
                     fmt::arg("options", options),
                     fmt::arg("names", fmt::join(line.Commands(), " ")));
}

std::string Completion(const std::string& shell, const CommandLine& line) {
  if (shell == "bash") return Bash(line);
  return "#compdef pidproof\nautoload -U +X bashcompinit && bashcompinit\n" + Bash(line);
}

// A text as roff takes it.
std::string Roff(std::string_view text) {
  std::string roff;
  for (const char byte : text) {
    if (byte == '-' || byte == '\\') roff += '\\';
    roff += byte;
    if (byte == '\\') roff += 'e';
  }
  if (roff.starts_with('.') || roff.starts_with('\'')) roff.insert(0, "\\&");
  return roff;
}

std::string ManOf(const DescribedArgument& argument) {
  return fmt::format(".TP\n.B {}{}\n{}\n", Roff(argument.name),
                     argument.value.empty() ? "" : " \\fI" + Roff(argument.value) + "\\fR",
                     Roff(argument.text));
}

std::string ManOf(const Command& row, const CommandLine& line) {
  std::string text = fmt::format(".SS pidproof {}\n{}.\n", Roff(row.name), Roff(row.summary));
  for (const DescribedArgument& argument : line.ArgumentsOf(row.name)) text += ManOf(argument);
  return text + fmt::format(".PP\nExample:\n.PP\n.EX\n{}\n.EE\n", Roff(row.example));
}

std::string Man(const CommandLine& line) {
  std::string text = fmt::format(
      ".TH PIDPROOF 1 \"\" \"pidproof {}\" \"User Commands\"\n"
      ".SH NAME\npidproof \\- conformance and race\\-torture harness for Linux pidfds\n"
      ".SH SYNOPSIS\n.B pidproof\n[\\fICOMMAND\\fR] [\\fIOPTION\\fR...]\n"
      ".SH DESCRIPTION\n"
      "Reports which pidfd features are here, who refuses the missing ones, whether they behave as "
      "documented and stay right under races, and what the old PID path would have done.\n"
      ".SH COMMANDS\n",
      PIDPROOF_VERSION);
  for (const Command* row : Registered<Command>::All()) {
    text += ManOf(*row, line);
  }
  text +=
      ".SH EXIT STATUS\n0: nothing violated; a gate passes. 1: something is violated; a gate "
      "fails. "
      "2: wrong usage or input. 3: something could not be decided. 130: interrupted.\n"
      ".SH SEE ALSO\n.BR pidfd_open (2),\n.BR pidfd_send_signal (2),\n.BR pidfd_getfd (2)\n";
  return text;
}

const Registered<Command> kCompletion{{
    .name = "completion",
    .summary = "Print the completion of a shell",
    .example = "pidproof completion bash > /etc/bash_completion.d/pidproof",
    .operands = "bash zsh",
    .declare = [](Arguments& arguments, const Program& program) -> Command::Work {
      const auto shell = std::make_shared<std::string>();
      arguments.Value("SHELL", *shell, "bash or zsh").Required().OneOf({"bash", "zsh"});
      return [=, &line = program.command_line] {
        WriteOutput("-", Completion(*shell, line));
        return 0;
      };
    },
}};

const Registered<Command> kMan{{
    .name = "man",
    .summary = "Print the manual page",
    .example = "pidproof man > pidproof.1",
    .declare = [](Arguments&, const Program& program) -> Command::Work {
      return [&line = program.command_line] {
        WriteOutput("-", Man(line));
        return 0;
      };
    },
}};

}  // namespace

}  // namespace pidproof::runner::commands
