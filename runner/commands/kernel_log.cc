#include "runner/kernel_log.h"

#include <fmt/format.h>

#include <memory>

#include "runner/commands/command.h"
#include "runner/files.h"
#include "runner/gate.h"

namespace pidproof::runner::commands {

namespace {

int PrintTrouble(const std::string& file) {
  const std::string log = ReadInput(file);
  if (log.empty()) {
    throw Undecided(fmt::format("{} is empty: give the log of a kernel that was booted", file));
  }
  if (!IsKernelLog(log)) {
    throw Undecided(fmt::format(
        "{} has no line of a kernel: give its console, or what dmesg prints, from the boot on",
        file));
  }
  const std::string trouble = TroubleIn(log);
  WriteOutput("-", trouble);
  if (trouble.empty()) return 0;
  PrintLine(fmt::format("{}: the kernel reported trouble", file));
  return 1;
}

const Registered<Command> kKernelLog{{
    .name = "kernel-log",
    .summary = "Print what a kernel log reports as trouble: WARN, oops, stall ... (exit 1 if any)",
    .example = "pidproof kernel-log console.txt",
    .declare = [](Arguments& arguments, const Program&) -> Command::Work {
      const auto file = std::make_shared<std::string>();
      arguments.Value("FILE", *file, "The log, as a console or dmesg shows it").Required();
      return [=] { return PrintTrouble(*file); };
    },
}};

}  // namespace

}  // namespace pidproof::runner::commands
