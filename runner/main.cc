#include <fmt/format.h>
#include <sys/prctl.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <exception>
#include <map>
#include <new>
#include <sstream>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "probes/system/child.h"
#include "probes/system/isolate.h"
#include "runner/boot.h"
#include "runner/commands/command.h"
#include "runner/files.h"
#include "runner/gate.h"
#include "runner/interrupt.h"
#include "runner/out_of_memory.h"
#include "runner/settle_in.h"

namespace pidproof::runner {
namespace {

constexpr int kUsage = 2;

// In the order in which a newcomer needs them; any other follows.
constexpr std::string_view kOrder[] = {"run",    "probe",      "ready",      "show",
                                       "table",  "explain",    "list",       "expect",
                                       "replay", "kernel-log", "completion", "man"};

std::vector<const commands::Command*> Commands() {
  std::vector<const commands::Command*> commands = Registered<commands::Command>::All();
  const auto place = [](const commands::Command* command) {
    return std::ranges::find(kOrder, command->name) - std::begin(kOrder);
  };
  std::ranges::stable_sort(commands, {}, place);
  return commands;
}

// CLI11 takes them from the last to the first.
std::vector<std::string> Arguments(int argc, char** argv) {
  std::vector<std::string> arguments(argv + 1, argv + argc);
  const bool names_none =
      arguments.empty() || (arguments.front().starts_with('-') && arguments.front() != "-h" &&
                            arguments.front() != "--help" && arguments.front() != "--version");
  if (names_none) arguments.insert(arguments.begin(), "run");
  std::ranges::reverse(arguments);
  return arguments;
}

int RunCommand(int argc, char** argv, bool is_init) {
  CLI::App app("Which pidfd features are here, and do they hold under races?", "pidproof");
  app.set_version_flag("--version", "pidproof " PIDPROOF_VERSION);
  app.require_subcommand(1);
  app.footer("'pidproof COMMAND --help' has a command's options. Without one: run.");
  const commands::Program program{app, is_init};
  std::map<const CLI::App*, commands::Command::Work> works;
  for (const commands::Command* command : Commands()) {
    CLI::App* parser =
        app.add_subcommand(std::string(command->name), std::string(command->summary));
    parser->footer(fmt::format("Example: {}", command->example));
    works[parser] = command->declare(*parser, program);
  }
  std::vector<std::string> arguments = Arguments(argc, argv);
  const std::string first = arguments.back();
  if (!first.starts_with('-') && Registered<commands::Command>::Find(first) == nullptr) {
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
  } catch (const CLI::ExtrasError&) {
    throw std::runtime_error(fmt::format(
        "'{}' was not expected; the command comes first, and 'pidproof COMMAND --help' has its "
        "options",
        app.remaining(true).front()));
  }
  return works.at(app.get_subcommands().front())();
}

int RunCommandOrReport(int argc, char** argv, bool is_init) {
  try {
    return RunCommand(argc, argv, is_init);
  } catch (const Undecided& undecided) {
    PrintLine(undecided.what());
    return kUndecided;
  } catch (const std::bad_alloc&) {  // of a mapping: operator new has ended the program
    ExitOutOfMemory();
  } catch (const std::exception& error) {
    PrintLine(error.what());
    return kUsage;
  }
}

// From the very first allocations on, those of the registries, which are made before main: wherever
// this process runs out of memory, a thread or a handler of exceptions, one line says so.
[[gnu::constructor(101)]] void WatchMemory() { std::set_new_handler(ExitOutOfMemory); }

}  // namespace
}  // namespace pidproof::runner

int main(int argc, char** argv) {
  pidproof::body::ResumeIfExecuted(argc, argv);
  pidproof::ResetSignals();
  pidproof::runner::SettleIn();
  // A program that one may execute but not read starts untraceable, which would change what trials
  // see.
  prctl(PR_SET_DUMPABLE, 1, 0, 0, 0);
  const bool is_init = pidproof::runner::IsInit(argv[0]);
  const auto job = [&] {
    return pidproof::runner::OnLargeStack(
        [&] { return pidproof::runner::RunCommandOrReport(argc, argv, is_init); });
  };
  if (is_init) pidproof::runner::BootAndRun(job);
  return job();
}
