// completion and man: what is generated from the table of commands.
#include <fmt/chrono.h>
#include <fmt/format.h>

#include <memory>

#include "runner/commands/command.h"
#include "runner/files.h"

namespace pidproof::runner::commands {

namespace {

// "--json --html": the options of a command that a shell completes.
std::string OptionNames(const CLI::App& command) {
  std::string names;
  for (const CLI::Option* option : command.get_options()) {
    for (const std::string& name : option->get_lnames()) names += fmt::format(" --{}", name);
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

std::string Bash(const Program& program) {
  std::vector<std::string> names;
  std::string options;
  for (const CLI::App* command : program.app.get_subcommands({})) {
    names.push_back(command->get_name());
    options += fmt::format("    {}) options=\"{}\"{} ;;\n", names.back(), OptionNames(*command),
                           OperandsOf(names.back()));
  }
  return fmt::format(kBash, fmt::arg("commands", fmt::join(names, " | ")),
                     fmt::arg("options", options), fmt::arg("names", fmt::join(names, " ")));
}

std::string Completion(const std::string& shell, const Program& program) {
  if (shell == "bash") return Bash(program);
  return "#compdef pidproof\nautoload -U +X bashcompinit && bashcompinit\n" + Bash(program);
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

std::string ManOfOption(const CLI::Option& option) {
  const bool is_positional = option.get_lnames().empty();
  const std::string name =
      is_positional ? option.get_name(true) : "--" + option.get_lnames().front();
  const bool takes_value = !is_positional && option.get_type_size() != 0;
  return fmt::format(".TP\n.B {}{}\n{}\n", Roff(name),
                     takes_value ? " \\fI" + Roff(option.get_type_name()) + "\\fR" : "",
                     Roff(option.get_description()));
}

std::string ManOfCommand(const Command& row, const CLI::App& command) {
  std::string text = fmt::format(".SS pidproof {}\n{}.\n", Roff(row.name), Roff(row.summary));
  for (const CLI::Option* option : command.get_options()) text += ManOfOption(*option);
  return text + fmt::format(".PP\nExample:\n.PP\n.EX\n{}\n.EE\n", Roff(row.example));
}

std::string Man(const Program& program) {
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
    text += ManOfCommand(*row, *program.app.get_subcommand(std::string(row->name)));
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
    .declare = [](CLI::App& command, const Program& program) -> Command::Work {
      const auto shell = std::make_shared<std::string>();
      command.add_option("SHELL", *shell, "bash or zsh")
          ->required()
          ->check(CLI::IsMember({"bash", "zsh"}));
      return [=, &program] {
        WriteOutput("-", Completion(*shell, program));
        return 0;
      };
    },
}};

const Registered<Command> kMan{{
    .name = "man",
    .summary = "Print the manual page",
    .example = "pidproof man > pidproof.1",
    .declare = [](CLI::App&, const Program& program) -> Command::Work {
      return [&program] {
        WriteOutput("-", Man(program));
        return 0;
      };
    },
}};

}  // namespace

}  // namespace pidproof::runner::commands
